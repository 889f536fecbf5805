Task 2: create_session. None and 89 get no session; one user may have several. (The original shows
its dictionary's class first, this program the mechanism's name.)

  $ . "$TESTDIR/setup.sh"
  $ AUTH_TYPE=session_auth program main_1 > "$T/main_1"
  $ short < "$T/main_1"
  <session_auth>: {}
  None => None: {}
  89 => None: {}
  abcde => ID1: {'ID1': 'abcde'}
  fghij => ID2: {'ID1': 'abcde', 'ID2': 'fghij'}
  abcde => ID3: {'ID1': 'abcde', 'ID2': 'fghij', 'ID3': 'abcde'}
