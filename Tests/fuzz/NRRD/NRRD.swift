import VoxFormats
import _VoxFuzzing

/// Reads every volume of an NRRD: an error or an image, nothing else.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNRRD(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  readEverything(NRRDFormat.self, Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
