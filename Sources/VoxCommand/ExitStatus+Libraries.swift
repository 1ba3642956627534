public import VoxGrid
public import VoxSegments
public import VoxTensor

extension EngineError: ExitStatusConvertible {
  public var exitStatus: ExitStatus {
    switch code {
    case .malformed: .malformed
    case .unreadable: .missingInput
    case .unsupported: .unsupported
    case .writeFailed: .writeFailed
    case .internal: .internal
    }
  }
}

extension GridError: ExitStatusConvertible {
  public var exitStatus: ExitStatus { .malformed }
}

extension SegmentError: ExitStatusConvertible {
  public var exitStatus: ExitStatus {
    switch code {
    case .malformed, .mismatch, .notFinite: .malformed
    case .unsupported: .unsupported
    }
  }
}
