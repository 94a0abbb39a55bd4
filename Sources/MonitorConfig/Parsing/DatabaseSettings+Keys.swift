internal import MonitorCore

extension DatabaseSettings {
    /// The keys of `[database]`.
    static let keys: [SettingKey<DatabaseSettings>] = [
        .required("backend", \.backend, .choice),
        .optional("path", \.path, .path),
        .list("host", \.hosts, .hosts),
        .required("port", \.port, .port),
        .optional("socket", \.socket, .path),
        .optional("user", \.user, .name),
        .optional("password", \.password, .secret),
        .optional("password_file", \.passwordFile, .path),
        .required("database", \.database, .name),
        .required("tls", \.tls, .choice),
        .optional("tls_ca", \.tlsCA, .path),
        .optional("tls_cert", \.tlsCertificate, .path),
        .optional("tls_key", \.tlsKey, .path),
        .required("connect_timeout", \.connectTimeout, .duration(.seconds(1)...(.seconds(300)))),
        .required("query_timeout", \.queryTimeout, .duration(.seconds(1)...(.seconds(3600)))),
        .required("change_feed", \.changeFeed, .choice),
    ]

    /// The keys that mean something to one backend only.
    static let keysOfOneBackend: [Backend: Set<String>] = [
        .sqlite: ["path"],
        .mariadb: [
            "host", "port", "socket", "user", "password", "password_file", "database", "tls", "tls_ca", "tls_cert",
            "tls_key", "connect_timeout",
        ],
    ]
}
