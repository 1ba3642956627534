/// The version all commands share.
public enum Version {
  /// Semantic version, printed by `--version` and kept in provenance records.
  public static let string = "0.1.0"
}
