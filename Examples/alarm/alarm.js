// Puts a process in alarm, with Node.js and the package mysql: alarm.js PROCESS_ID REASON
const mysql = require('mysql');

/** Calls back with whether there is such a process. It is committed, unless beginTransaction() was called. */
function raiseAlarm(connection, processID, reason, done) {
    connection.query(
        { sql: 'UPDATE STATUS_PROCESS SET alarma = 1, notes = LEFT(?, 100) WHERE process_id = ?', timeout: 10_000 },
        [reason, processID],
        (error, result) => done(error, !error && result.affectedRows === 1));
}

const connection = mysql.createConnection({
    host: process.env.DB_HOST, port: process.env.DB_PORT, database: process.env.DB_NAME,
    user: process.env.DB_USER, password: process.env.DB_PASSWORD, connectTimeout: 5_000,
});
raiseAlarm(connection, Number(process.argv[2]), process.argv[3], (error, found) => {
    connection.destroy();
    if (error) throw error;
    if (!found) {
        console.error('there is no such process');
        process.exitCode = 1;
    }
});
