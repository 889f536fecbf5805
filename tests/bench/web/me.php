<?php
// The ordinary way in PHP: a session file, found by the cookie.
session_name('_my_session_id');
session_start(['read_and_close' => true]);
if (!isset($_SESSION['user'])) {
    http_response_code(403);
    exit;
}
header('Content-Type: application/json');
echo json_encode($_SESSION['user'], JSON_PRETTY_PRINT), "\n";
