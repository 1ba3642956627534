/// A number that interpolation turns into a 32-bit float as it reads it, so that no converted copy is held.
protocol Sampled: BitwiseCopyable, Sendable {
  /// The value as a 32-bit float, rounded where it has more digits.
  var float: Float { get }
}

extension UInt8: Sampled { @inline(__always) var float: Float { Float(self) } }
extension Int8: Sampled { @inline(__always) var float: Float { Float(self) } }
extension Int16: Sampled { @inline(__always) var float: Float { Float(self) } }
extension UInt16: Sampled { @inline(__always) var float: Float { Float(self) } }
extension Int32: Sampled { @inline(__always) var float: Float { Float(self) } }
extension UInt32: Sampled { @inline(__always) var float: Float { Float(self) } }
extension Float: Sampled { @inline(__always) var float: Float { self } }
extension Double: Sampled { @inline(__always) var float: Float { Float(self) } }
