dist_man_MANS += man/sessiongate.8 man/sessiongate-gate.7 man/sessiongatectl.8
