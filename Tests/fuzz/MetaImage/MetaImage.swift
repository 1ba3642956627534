import VoxFormats
import _VoxFuzzing

/// Reads every volume of a MetaImage: an error or an image, nothing else.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMetaImage(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  readEverything(MetaImageFormat.self, Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
