"""gate - the gate in front of an application, behind four web servers; see ../run-gate"""
