import VoxFormats
import _VoxTestSupport

/// A small uncompressed CT slice that tests change one element at a time.
struct SyntheticSlice {
  var rows = 3
  var columns = 4
  /// Stored values along rows; 16 bits each.
  var pixels: [UInt16] = (0..<12).map { UInt16($0) }
  var position: SIMD3<Double> = [-10, -20, 0]
  var texts: [DICOMTag: (vr: String, value: String)] = [
    .sopClassUID: ("UI", "1.2.840.10008.5.1.4.1.1.2"), .sopInstanceUID: ("UI", "1.2.3.4"),
    .studyInstanceUID: ("UI", "1.2.3"), .seriesInstanceUID: ("UI", "1.2.3.1"), .frameOfReferenceUID: ("UI", "1.2.3.9"),
    .modality: ("CS", "CT"), .imageOrientationPatient: ("DS", "1\\0\\0\\0\\1\\0"), .pixelSpacing: ("DS", "2\\0.5"),
    .photometricInterpretation: ("CS", "MONOCHROME2"), .rescaleSlope: ("DS", "1"), .rescaleIntercept: ("DS", "-1024"),
  ]
  var numbers: [DICOMTag: UInt16] = [
    .samplesPerPixel: 1, .bitsAllocated: 16, .bitsStored: 12, .highBit: 11, .pixelRepresentation: 0,
  ]
  /// Text elements in bytes of any character set.
  var encoded: [DICOMTag: (vr: String, value: [UInt8])] = [:]
  /// Values of 64-bit floating point elements.
  var doubles: [DICOMTag: Double] = [:]

  /// The slice at a depth along the patient's long axis.
  init(at z: Double, instance: Int = 1) {
    position.z = z
    texts[.sopInstanceUID] = ("UI", "1.2.3.4.\(instance)")
  }

  /// A DICOM file.
  var bytes: [UInt8] {
    get throws {
      let builder = try DICOMBuilder()
      for (tag, text) in texts { try builder.set(tag, text.vr, text.value) }
      for (tag, text) in encoded { try builder.set(tag, text.vr, bytes: text.value) }
      for (tag, number) in numbers { try builder.set(tag, number) }
      for (tag, number) in doubles { try builder.set(tag, "FD", bytes: withUnsafeBytes(of: number, Array.init)) }
      if texts[.imagePositionPatient] == nil {
        try builder.set(.imagePositionPatient, "DS", "\(position.x)\\\(position.y)\\\(position.z)")
      }
      try builder.set(.rows, UInt16(rows))
      try builder.set(.columns, UInt16(columns))
      try builder.set(.pixelData, "OW", bytes: pixels.withUnsafeBytes(Array.init))
      var bytes: [UInt8] = []
      try builder.encoded { bytes = Array($0) }
      return bytes
    }
  }
}

extension TemporaryDirectory {
  /// Writes slices as `0.dcm`, `1.dcm` ...
  func write(_ slices: [SyntheticSlice]) throws {
    for (index, slice) in slices.enumerated() { _ = try write(slice.bytes, as: "\(index).dcm") }
  }
}
