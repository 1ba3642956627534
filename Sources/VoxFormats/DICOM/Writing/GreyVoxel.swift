import Dispatch
import Synchronization
package import VoxGrid

/// A voxel type of one number that a `Double` holds exactly.
package protocol GreyVoxel: Sendable {
  var real: Double { get }
}

extension UInt8: GreyVoxel { package var real: Double { Double(self) } }
extension Int8: GreyVoxel { package var real: Double { Double(self) } }
extension Int16: GreyVoxel { package var real: Double { Double(self) } }
extension UInt16: GreyVoxel { package var real: Double { Double(self) } }
extension Int32: GreyVoxel { package var real: Double { Double(self) } }
extension UInt32: GreyVoxel { package var real: Double { Double(self) } }
extension Float: GreyVoxel { package var real: Double { Double(self) } }
extension Double: GreyVoxel { package var real: Double { self } }

/// The least and greatest value of a volume, and whether all values are integers.
package struct VoxelRange: Sendable {
  package var low: Double
  package var high: Double
  package var isIntegral: Bool

  /// Makes a range.
  package init(low: Double, high: Double, isIntegral: Bool) {
    (self.low, self.high, self.isIntegral) = (low, high, isIntegral)
  }
}

extension Volume where Element: GreyVoxel {
  /// The range of all values.
  ///
  /// - Throws: ``FormatError`` with code `unsupported` that names the first voxel that is not a finite number.
  /// - Complexity: O(voxels).
  package func range(threads: Int) throws(FormatError) -> VoxelRange {
    let parts = Mutex<[VoxelRange]>([])
    let broken = Mutex(Int.max)
    shared(between: threads) { part in
      var range = VoxelRange(low: .infinity, high: -.infinity, isIntegral: true)
      for value in part.lazy.map(\.real) {
        range.low = min(range.low, value)
        range.high = max(range.high, value)
        // The sum has no bits for a fraction; it is not-a-number where the value is.
        if value + 0x1.8p52 - 0x1.8p52 != value { range.isIntegral = false }
      }
      let isSuspect = !range.isIntegral || !range.low.isFinite || !range.high.isFinite
      if isSuspect, let index = part.firstIndex(where: { !$0.real.isFinite }) {
        broken.withLock { $0 = min($0, index) }
      }
      parts.withLock { $0.append(range) }
    }
    let first = broken.withLock { $0 }
    guard first == .max else {
      let index = grid.index(first)
      throw FormatError(
        .unsupported,
        "voxel (\(index.x), \(index.y), \(index.z)) is \(voxels[first]): expected finite numbers; replace it first")
    }
    return parts.withLock { parts in
      VoxelRange(
        low: parts.map(\.low).min() ?? 0, high: parts.map(\.high).max() ?? 0,
        isIntegral: parts.allSatisfy(\.isIntegral))
    }
  }

  /// The values below and above which a fraction of all values lies, as they are stored.
  ///
  /// - Complexity: O(voxels).
  package func quantiles(_ fraction: Double, stored: StoredValues, threads: Int) -> (low: Double, high: Double) {
    let total = Mutex([Int](repeating: 0, count: 65536))
    let bias: UInt16 = stored.isSigned ? 0x8000 : 0
    shared(between: threads) { part in
      var counts = [Int](repeating: 0, count: 65536)
      for value in part { counts[Int(stored.stored(value.real) ^ bias)] += 1 }
      total.withLock { total in for bin in total.indices { total[bin] += counts[bin] } }
    }
    let counts = total.withLock { $0 }
    let rank = Int(fraction * Double(voxels.count - 1))
    func first(_ bins: some Sequence<Int>) -> Double {
      var passed = 0
      for bin in bins {
        passed += counts[bin]
        if passed > rank { return stored.value(UInt16(bin) ^ bias) }
      }
      return 0
    }
    return (first(counts.indices), first(counts.indices.reversed()))
  }

  private func shared(between threads: Int, _ body: @Sendable (ArraySlice<Element>) -> Void) {
    let parts = max(1, min(threads, voxels.count))
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      body(voxels[(voxels.count * part / parts)..<(voxels.count * (part + 1) / parts)])
    }
  }
}
