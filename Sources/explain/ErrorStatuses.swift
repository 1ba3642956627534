public import VoxAttribution
public import VoxCommand
public import VoxSegments

extension AttributionError: ExitStatusConvertible {
  public var exitStatus: ExitStatus {
    switch code {
    case .usage: .usage
    case .malformedInput: .malformed
    case .unsupported: .unsupported
    }
  }
}

extension SegmentError: ExitStatusConvertible {
  public var exitStatus: ExitStatus {
    switch code {
    case .malformed, .mismatch, .notFinite: .malformed
    case .unsupported: .unsupported
    }
  }
}
