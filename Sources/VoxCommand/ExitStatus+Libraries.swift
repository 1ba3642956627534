public import VoxGrid
public import VoxTensor

extension EngineError: ExitStatusConvertible {
  public var exitStatus: ExitStatus {
    switch code {
    case .malformed: .malformed
    case .unreadable: .missingInput
    case .unsupported: .unsupported
    case .internal: .internal
    }
  }
}

extension GridError: ExitStatusConvertible {
  public var exitStatus: ExitStatus { .malformed }
}
