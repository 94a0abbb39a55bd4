# Puts a process in alarm, with Perl's DBI and DBD::MariaDB: alarm.pl PROCESS_ID REASON
use strict;
use warnings;
use DBI;
use Encode qw(decode_utf8);

# Returns whether there is such a process. AutoCommit, which is the default, commits the statement.
sub raise_alarm {
    my ($connection, $process_id, $reason) = @_;
    my $found = $connection->do(
        'UPDATE STATUS_PROCESS SET alarma = 1, notes = LEFT(?, 100) WHERE process_id = ?',
        undef, $reason, $process_id);
    return $found == 1;
}

my $connection = DBI->connect(
    "dbi:MariaDB:database=$ENV{DB_NAME};host=$ENV{DB_HOST};port=$ENV{DB_PORT}", $ENV{DB_USER}, $ENV{DB_PASSWORD},
    { RaiseError => 1, PrintError => 0, mariadb_connect_timeout => 5, mariadb_read_timeout => 10 });
raise_alarm($connection, $ARGV[0], decode_utf8($ARGV[1])) or die "there is no such process\n";
