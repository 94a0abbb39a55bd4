// Puts a process in alarm, with JDBC: Alarm PROCESS_ID REASON
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

class Alarm {
    /** Returns whether there is such a process. A connection commits each statement until setAutoCommit(false). */
    static boolean raise(Connection connection, long processID, String reason) throws SQLException {
        var sql = "UPDATE STATUS_PROCESS SET alarma = 1, notes = LEFT(?, 100) WHERE process_id = ?";
        try (var statement = connection.prepareStatement(sql)) {
            statement.setQueryTimeout(10);
            statement.setString(1, reason);
            statement.setLong(2, processID);
            return statement.executeUpdate() == 1;
        }
    }

    public static void main(String[] arguments) throws SQLException {
        var environment = System.getenv();
        var url = "jdbc:mariadb://%s:%s/%s?connectTimeout=5000".formatted(
            environment.get("DB_HOST"), environment.get("DB_PORT"), environment.get("DB_NAME"));
        try (var connection = DriverManager.getConnection(
                url, environment.get("DB_USER"), environment.get("DB_PASSWORD"))) {
            if (!raise(connection, Long.parseLong(arguments[0]), arguments[1])) {
                System.err.println("there is no such process");
                System.exit(1);
            }
        }
    }
}
