public import VoxCommand
public import VoxSegments

extension SegmentError: ExitStatusConvertible {
  public var exitStatus: ExitStatus {
    switch code {
    case .malformed, .mismatch, .notFinite: .malformed
    case .unsupported: .unsupported
    }
  }
}
