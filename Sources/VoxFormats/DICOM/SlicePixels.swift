/// The stored values of a slice in a decompressed frame, of which it may be a part.
///
/// Only Bits Stored count: the bits above hold overlays in old files, and codecs differ in what they leave there.
struct SlicePixels {
  private let bytes: UnsafeRawBufferPointer
  private let stored: StoredWords
  private let columns: Int
  private let rows: Int
  /// Pixels from one row to the next.
  private let pitch: Int

  /// Takes the frame that holds a slice.
  init(_ slice: DICOMSlice, of frame: UnsafeRawBufferPointer, _ source: DICOMPixelSource, _ words: StoredWords) {
    let start = (slice.corner.y * source.columns + slice.corner.x) * (words.size / 8)
    bytes = UnsafeRawBufferPointer(rebasing: frame[start...])
    stored = words
    (columns, rows, pitch) = (slice.columns, slice.rows, source.columns)
  }

  /// The smallest and largest stored value.
  var range: ClosedRange<Int> {
    switch stored.size {
    case 8: range(Stored<UInt8, Int32>(stored.bits, stored.isSigned))
    case 16: range(Stored<UInt16, Int32>(stored.bits, stored.isSigned))
    default: range(Stored<UInt32, Int64>(stored.bits, stored.isSigned))
    }
  }

  /// Writes rescaled values to memory where a step along a row and one down a column are so many voxels.
  ///
  /// Values of integer types are taken to fit.
  func write<Voxel: RescaledVoxel>(
    to target: UnsafeMutablePointer<Voxel>, column: Int, row: Int, rescale: DICOMSlice.Rescale
  ) {
    switch stored.size {
    case 8: write(Stored<UInt8, Int32>(stored.bits, stored.isSigned), target, column, row, rescale)
    case 16: write(Stored<UInt16, Int32>(stored.bits, stored.isSigned), target, column, row, rescale)
    default: write(Stored<UInt32, Int64>(stored.bits, stored.isSigned), target, column, row, rescale)
    }
  }

  private func range<Word, Wide>(_ stored: Stored<Word, Wide>) -> ClosedRange<Int> {
    var (low, high) = (Wide.max, Wide.min)
    let words = bytes.bindMemory(to: Word.self)
    for row in 0..<rows {
      for index in (row * pitch)..<(row * pitch + columns) {
        let value = stored(words[index])
        low = Swift.min(low, value)
        high = Swift.max(high, value)
      }
    }
    return Int(low)...Int(high)
  }

  @inline(__always)
  private func write<Word, Wide, Voxel: RescaledVoxel>(
    _ stored: Stored<Word, Wide>, _ target: UnsafeMutablePointer<Voxel>, _ column: Int, _ row: Int,
    _ rescale: DICOMSlice.Rescale
  ) {
    let convert = Voxel.rescaling(by: rescale, Wide.self)
    guard let words = bytes.bindMemory(to: Word.self).baseAddress else { return }
    if abs(column) == 1 || abs(row) != 1 {
      for j in 0..<rows {
        let (from, to) = (words + j * pitch, target + j * row)
        switch column {
        case 1: for i in 0..<columns { to[i] = convert(stored(from[i])) }
        case -1:
          let start = to - (columns - 1)
          for i in 0..<columns { start[i] = convert(stored(from[columns - 1 - i])) }
        default: for i in 0..<columns { to[i * column] = convert(stored(from[i])) }
        }
      }
    } else {
      // Blocks keep the lines of both memories in the cache.
      let block = 32
      for top in stride(from: 0, to: rows, by: block) {
        for i in 0..<columns {
          for j in top..<Swift.min(top + block, rows) {
            target[i * column + j * row] = convert(stored(words[j * pitch + i]))
          }
        }
      }
    }
  }
}

/// Turns words into the values that their lower bits hold.
private struct Stored<Word: FixedWidthInteger & UnsignedInteger, Wide: FixedWidthInteger & SignedInteger> {
  private let mask: Wide
  private let sign: Wide

  init(_ precision: Int, _ isSigned: Bool) {
    mask = precision >= Wide.bitWidth - 1 ? Wide.max : (1 << Wide(precision)) - 1
    sign = isSigned ? 1 << Wide(precision - 1) : 0
  }

  @inline(__always)
  func callAsFunction(_ word: Word) -> Wide { ((Wide(truncatingIfNeeded: word) & mask) ^ sign) &- sign }
}

/// A voxel type that rescaling can give.
protocol RescaledVoxel: Sendable {
  /// What turns stored values into `slope * stored + intercept`; beyond the type's range it is wrong for integers.
  static func rescaling<Wide: FixedWidthInteger & SignedInteger>(
    by rescale: DICOMSlice.Rescale, _ type: Wide.Type
  ) -> (Wide) -> Self
  /// Whether the type holds every integer of a range.
  static func holds(_ range: ClosedRange<Double>) -> Bool
}

extension RescaledVoxel where Self: FixedWidthInteger {
  @inline(__always)
  static func rescaling<Wide: FixedWidthInteger & SignedInteger>(
    by rescale: DICOMSlice.Rescale, _ type: Wide.Type
  ) -> (Wide) -> Self {
    let (slope, intercept) = (Wide(rescale.slope), Wide(rescale.intercept))
    return { Self(truncatingIfNeeded: $0 &* slope &+ intercept) }
  }

  static func holds(_ range: ClosedRange<Double>) -> Bool {
    range.lowerBound >= Double(Self.min) && range.upperBound <= Double(Self.max)
  }
}

extension UInt8: RescaledVoxel {}
extension UInt16: RescaledVoxel {}
extension UInt32: RescaledVoxel {}
extension Int16: RescaledVoxel {}
extension Int32: RescaledVoxel {}
extension Float: RescaledVoxel {
  @inline(__always)
  static func rescaling<Wide: FixedWidthInteger & SignedInteger>(
    by rescale: DICOMSlice.Rescale, _ type: Wide.Type
  ) -> (Wide) -> Float {
    let (slope, intercept) = (rescale.slope, rescale.intercept)
    return { Float(slope * Double($0) + intercept) }
  }

  static func holds(_ range: ClosedRange<Double>) -> Bool { true }
}

extension DICOMSlice.Rescale {
  /// Whether stored values are the values.
  var isIdentity: Bool { slope == 1 && intercept == 0 }
  /// Whether integers stay integers.
  var isIntegral: Bool { Int32(exactly: slope) != nil && Int32(exactly: intercept) != nil }

  /// What a range of stored values becomes.
  func callAsFunction(_ stored: ClosedRange<Int>) -> ClosedRange<Double> {
    let ends = [stored.lowerBound, stored.upperBound].map { slope * Double($0) + intercept }
    return min(ends[0], ends[1])...max(ends[0], ends[1])
  }
}
