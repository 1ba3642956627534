import VoxGrid

extension AnyVolume {
  /// The volume with values outside a range set to the nearer end; floats where an integer type lacks an end.
  ///
  /// A not-a-number stays.
  func clipped(to range: ClosedRange<Double>) -> AnyVolume {
    func integers<T: FixedWidthInteger>(_ v: Volume<T>, _ wrap: (Volume<T>) -> AnyVolume) -> AnyVolume {
      guard let low = T(exactly: range.lowerBound), let high = T(exactly: range.upperBound) else {
        return .float32(v.map { Float(min(max(Double($0), range.lowerBound), range.upperBound)) })
      }
      return wrap(v.clipped(to: low...high))
    }
    return switch self {
    case .uint8(let v): integers(v, AnyVolume.uint8)
    case .int8(let v): integers(v, AnyVolume.int8)
    case .int16(let v): integers(v, AnyVolume.int16)
    case .uint16(let v): integers(v, AnyVolume.uint16)
    case .int32(let v): integers(v, AnyVolume.int32)
    case .uint32(let v): integers(v, AnyVolume.uint32)
    case .float32(let v): .float32(v.clipped(to: Float(range.lowerBound)...Float(range.upperBound)))
    case .float64(let v): .float64(v.clipped(to: range))
    case .rgb24, .rgba32: self
    }
  }
}

extension Volume where Element: Comparable {
  /// The volume with values outside a range set to the nearer end; what compares with nothing, a not-a-number, stays.
  fileprivate func clipped(to range: ClosedRange<Element>) -> Volume {
    map { $0 < range.lowerBound ? range.lowerBound : $0 > range.upperBound ? range.upperBound : $0 }
  }
}
