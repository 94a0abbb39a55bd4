internal import MonitorCore

/// The processes that run under one name.
struct ProcessSet: Sendable, Equatable {
    /// In the order in which they started.
    let members: [ProcessEntry]

    init(_ members: some Sequence<ProcessEntry>) {
        self.members = members.sorted {
            ($0.identity.startTime, $0.identity.pid) < ($1.identity.startTime, $1.identity.pid)
        }
    }

    var isEmpty: Bool { members.isEmpty }

    /// Those that no other member started: of a server with workers, the server.
    var tops: [ProcessEntry] {
        let pids = Set(members.map(\.identity.pid))
        return members.filter { !pids.contains($0.stat.parent) }
    }
}
