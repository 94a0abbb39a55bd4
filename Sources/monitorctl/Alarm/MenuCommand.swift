internal import ArgumentParser
internal import Glibc
internal import MonitorCore

/// `menu`: the four choices of the test script that this project replaces, for a person or for a pipe.
struct MenuCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "menu", abstract: "Choose from a menu: display, set and reset alarms.",
        discussion: "Ctrl-D leaves.")

    @OptionGroup var global: GlobalOptions

    private static let choices = """

        1  Display all services
        2  Set a specific service in alarm
        3  Set all services in alarm
        4  Reset all alarms
        q  Leave

        """

    func run(in session: Session) async throws {
        while true {
            Console.write(Self.choices)
            guard let choice = Self.ask("Choice: "), choice.lowercased() != "q" else { return }
            do {
                try await carryOut(choice, session)
            } catch {
                // The database may be back by the next choice.
                Console.write("\(error)\n")
            }
        }
    }

    private func carryOut(_ choice: String, _ session: Session) async throws {
        switch choice {
        case "1":
            Console.write("\n" + StatusScreen(try await session.report(of: nil), session.page()).text)
        case "2":
            let processes = try await session.store.processes(named: nil)
            guard let chosen = Self.choose(from: processes) else { return }
            try await set([chosen], session)
        case "3":
            let processes = try await session.store.processes(named: nil)
            guard Self.isSure("Put \(Self.count(processes, "service")) in alarm?") else { return }
            try await set(processes, session)
        case "4":
            let inAlarm = try await session.store.processes(named: nil).filter(\.alarm)
            guard Self.isSure("Clear \(Self.count(inAlarm, "alarm")), without a recovery?") else { return }
            let cleared = try await session.clearAlarm(inAlarm)
            Console.write("alarm cleared: \(Session.list(cleared))\n")
        default:
            Console.write("'\(choice.escapedForDisplay(limit: 20))' is none of the choices: type 1, 2, 3, 4 or q\n")
        }
    }

    private static func count(_ processes: [ProcessStatus], _ noun: String) -> String {
        "\(processes.count == 1 ? "one" : "all \(processes.count)") \(noun)\(processes.count == 1 ? "" : "s")"
    }

    private func set(_ processes: [ProcessStatus], _ session: Session) async throws {
        try await session.setAlarm(processes)
        Console.write("alarm set: \(Session.list(processes))\n")
    }

    /// Has one of the processes chosen, by its number in the list or its name.
    private static func choose(from processes: [ProcessStatus]) -> ProcessStatus? {
        for (number, process) in processes.enumerated() {
            Console.write("\(number + 1)  \(process.name.escapedForDisplay())\(process.alarm ? "  (in alarm)" : "")\n")
        }
        guard let answer = ask("Service (number or name): "), !answer.isEmpty else { return nil }
        if let number = Int(answer), processes.indices.contains(number - 1) { return processes[number - 1] }
        if let process = processes.first(where: { $0.name == answer }) { return process }
        let nearest = answer.nearest(among: processes.map(\.name))
        let hint = nearest.map { "; did you mean '\($0.escapedForDisplay(limit: 60))'?" } ?? ""
        Console.write("no service '\(answer.escapedForDisplay(limit: 60))'\(hint)\n")
        return nil
    }

    /// Asks again before something that restarts everything, or lets everything be; a pipe has decided already.
    private static func isSure(_ question: String) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else { return true }
        return ["y", "yes"].contains(ask(question + " [y/N] ")?.lowercased())
    }

    /// - Returns: the answer without blanks around it; nil at the end of the input.
    private static func ask(_ question: String) -> String? {
        Console.write(question)
        let line = readLine()
        // No Enter was pressed on the screen: the end of the input, or of a line in a pipe, has to be seen there.
        if line == nil || isatty(STDIN_FILENO) == 0 { Console.write("\n") }
        guard let line else { return nil }
        let start = line.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
