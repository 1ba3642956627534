public import VoxAttribution
public import VoxCommand

extension AttributionError: ExitStatusConvertible {
  public var exitStatus: ExitStatus {
    switch code {
    case .usage: .usage
    case .malformedInput: .malformed
    case .unsupported: .unsupported
    }
  }
}
