Task 3: user_id_for_session_id.

  $ . "$TESTDIR/setup.sh"
  $ AUTH_TYPE=session_auth program main_2 > "$T/main_2"
  $ short < "$T/main_2"
  abcde => ID1: {'ID1': 'abcde'}
  fghij => ID2: {'ID1': 'abcde', 'ID2': 'fghij'}
  ---
  None => None
  89 => None
  doesntexist => None
  ---
  ID1 => abcde
  ID2 => fghij
  ---
  abcde => ID3: {'ID1': 'abcde', 'ID2': 'fghij', 'ID3': 'abcde'}
  ID3 => abcde
  ID1 => abcde
