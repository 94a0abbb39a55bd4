internal import MonitorCore

/// A connection, with what it can do and the statements for that.
struct SQLSession {
    enum Purpose {
        /// Works on what is there; a missing privilege is an error when it is needed.
        case tool
        /// Creates what is missing where it may, and does with less where it may not.
        case daemon
    }

    let connection: any SQLConnection
    let tables: TableNames
    let alarms: AlarmSQL
    let capabilities: StoreCapabilities

    init(
        _ connection: any SQLConnection, for purpose: Purpose, revisions: RevisionWatch = RevisionWatch()
    ) throws(SQLError) {
        self.connection = connection
        if purpose == .daemon, connection.isReadOnly {
            throw SQLError(
                .unwritable,
                reason: """
                    \(connection.server) is read-only, and no other server of 'host' takes writes; name the primary in \
                    'host', or set read_only = OFF on it
                    """)
        }
        var survey = CapabilitySurvey(connection)
        if purpose == .daemon { try survey.createWhatIsMissing() }
        tables = try TableSurvey(connection).requiredApplication
        try survey.look()
        if revisions.areUncounted { try survey.findUncounted(on: tables.status) }
        if purpose == .daemon { try survey.checkPrivileges(on: tables) }
        alarms = AlarmSQL(
            connection.dialect, tables, persistsState: survey.persistsState, countsRevisions: survey.countsRevisions)
        capabilities = StoreCapabilities(
            persistsState: survey.persistsState, countsRevisions: survey.countsRevisions, remarks: survey.remarks,
            server: connection.server)
    }

    /// Whether several reports can be written in one transaction.
    ///
    /// MySQL knows NOWAIT since 8.0, and may want a privilege for it that we were not given.
    var writesTogether: Bool { alarms.lockAlarm.map { (try? connection.prepare($0)) != nil } ?? true }
}
