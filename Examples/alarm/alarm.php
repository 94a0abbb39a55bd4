<?php
// Puts a process in alarm, with PHP's PDO: alarm.php PROCESS_ID REASON

/** Returns whether there is such a process. PDO commits each statement, unless beginTransaction() was called. */
function raise_alarm(PDO $connection, int $process_id, string $reason): bool
{
    $statement = $connection->prepare(
        'UPDATE STATUS_PROCESS SET alarma = 1, notes = LEFT(?, 100) WHERE process_id = ?');
    $statement->execute([$reason, $process_id]);
    return $statement->rowCount() === 1;
}

$connection = new PDO(
    sprintf('mysql:host=%s;port=%s;dbname=%s;charset=utf8mb4', getenv('DB_HOST'), getenv('DB_PORT'), getenv('DB_NAME')),
    getenv('DB_USER'), getenv('DB_PASSWORD'),
    [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_TIMEOUT => 5, PDO::MYSQL_ATTR_FOUND_ROWS => true]);
if (!raise_alarm($connection, (int) $argv[1], $argv[2])) {
    fwrite(STDERR, "there is no such process\n");
    exit(1);
}
