import Foundation

/// The processes of a ``FaultScene``: each notices by itself when two of it run.
enum FaultWorker {
    /// Writes the programs of a scene.
    static func write(to site: Site) throws {
        let directory = site.directory
        // Holds a lock as long as it lives, which no child of its inherits.
        try site.write(
            """
            #!/bin/sh
            exec 9>>"\(directory)/$1.lock"
            flock -n 9 || echo $$ >> "\(directory)/met"
            echo $$ >> "\(directory)/$1.starts"
            echo $$ > "\(directory)/$1.tmp" && mv "\(directory)/$1.tmp" "\(directory)/$1.pid"
            while :; do sleep 1 9>&-; done
            """, to: "worker", mode: 0o755)
        // Waits as long as the test holds the step's lock; says that it is there.
        try site.write(
            """
            #!/bin/sh
            [ -e "\(directory)/hold-$1" ] || exit 0
            : > "\(directory)/at-$1"
            flock --shared "\(directory)/hold-$1" true
            """, to: "step", mode: 0o755)
        try site.write(
            """
            #!/bin/sh
            "\(directory)/step" stopping
            pid=$(cat "$1")
            kill "$pid"
            while grep -q '^State:.[RSDI]' "/proc/$pid/status" 2>/dev/null; do sleep 0.02; done
            "\(directory)/step" stopped
            """, to: "stop", mode: 0o755)

        // Fails as long as the processes are sick, and counts that.
        try site.write(
            """
            #!/bin/sh
            "\(directory)/step" checking
            [ ! -e "\(directory)/sick" ] || { printf x >> "\(directory)/sick"; exit 1; }
            """, to: "check", mode: 0o755)
    }

    static func isRunning(_ name: String, at site: Site) -> Bool { site.pid(of: name) != nil }

    /// Ends all that were ever started, where two of it run too.
    static func endAll(of name: String, at site: Site) {
        let starts = (try? String(contentsOfFile: site.path(name + ".starts"), encoding: .utf8)) ?? ""
        for pid in starts.split(separator: "\n").compactMap({ Int32($0) }) {
            let isOurs = try? site.countProcesses(with: "\(site.path("worker")) \(name)", pid: pid) == 1
            if isOurs == true { kill(pid, SIGKILL) }
        }
    }

    /// How often it was started.
    static func starts(of name: String, at site: Site) -> Int { lines(of: name + ".starts", at: site) }

    /// How often one of them found another of its name alive.
    static func meetings(at site: Site) -> Int { lines(of: "met", at: site) }

    private static func lines(of file: String, at site: Site) -> Int {
        let text = (try? String(contentsOfFile: site.path(file), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").count
    }
}
