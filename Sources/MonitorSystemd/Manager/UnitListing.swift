/// What systemd's list of units says about one of them.
struct UnitListing: Sendable, Equatable {
    /// The unit's own name, where the one that was asked for is an alias.
    var id: String
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`, …
    var loadState: String
    var activeState: String
    var subState: String
    /// The object that has its properties.
    var path: String
    /// What is queued or running for it.
    var job: Job?

    struct Job: Sendable, Equatable {
        var path: String
        /// `start`, `stop`, `restart`, `reload`, …
        var type: String
    }

    /// Reads an element of the reply to `ListUnitsByNames`.
    init(from message: borrowing BusMessage) throws(BusError) {
        self = try message.read(.structure, of: Self.signature) { () throws(BusError) in
            let id = try message.readString()
            _ = try message.readString()  // description
            let loadState = try message.readString()
            let activeState = try message.readString()
            let subState = try message.readString()
            _ = try message.readString()  // the unit that it follows
            let path = try message.readString(.objectPath)
            let jobID = try message.readUInt32()
            let job = Job(type: try message.readString(), path: try message.readString(.objectPath))
            return Self(
                id: id, loadState: loadState, activeState: activeState, subState: subState, path: path,
                job: jobID == 0 ? nil : job)
        }
    }

    static let signature = "ssssssouso"
}

extension UnitListing {
    init(id: String, loadState: String, activeState: String, subState: String, path: String, job: Job?) {
        self.id = id
        self.loadState = loadState
        self.activeState = activeState
        self.subState = subState
        self.path = path
        self.job = job
    }
}

extension UnitListing.Job {
    fileprivate init(type: String, path: String) {
        self.type = type
        self.path = path
    }
}
