extension Volume where Element == Float {
  /// The voxels as integers; `nil` where one is no whole number, or fits neither the type nor 32 bits with a sign.
  ///
  /// - Complexity: O(voxels).
  @inlinable public func exactly<Integer: FixedWidthInteger>() -> Volume<Integer>? {
    // Added to a double this puts an integer of 32 bits into the low bits of its significand.
    let shift = 0x1.8p52
    return converted { value in
      let integer = Int32(truncatingIfNeeded: (Double(value) + shift).bitPattern)
      let result = Integer(truncatingIfNeeded: integer)
      return (result, Double(integer) == Double(value) && result == integer)
    }
  }
}

extension Volume where Element == Int32 {
  /// The voxels as integers of another type; `nil` where one does not fit.
  ///
  /// - Complexity: O(voxels).
  @inlinable public func exactly<Integer: FixedWidthInteger>() -> Volume<Integer>? {
    converted { value in
      let result = Integer(truncatingIfNeeded: value)
      return (result, result == value)
    }
  }
}

extension Volume {
  /// Every value through a function that also says whether it could; `nil` where it once could not.
  @inlinable @inline(__always)
  func converted<Result>(_ convert: (Element) -> (Result, isExact: Bool)) -> Volume<Result>? {
    var isExact = true
    let out = [Result](unsafeUninitializedCapacity: voxels.count) { target, count in
      let block = 4096
      while isExact, count < voxels.count {
        let end = min(count + block, voxels.count)
        var failures: UInt8 = 0
        voxels.withUnsafeBufferPointer { source in
          for index in count..<end {
            let (result, isExact) = convert(source[index])
            target.initializeElement(at: index, to: result)
            failures |= isExact ? 0 : 1
          }
        }
        isExact = failures == 0
        count = end
      }
    }
    return isExact ? Volume<Result>(grid: grid, voxels: out) : nil
  }
}
