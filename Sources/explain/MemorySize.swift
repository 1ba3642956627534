import ArgumentParser

/// A number of bytes, written `8G`, `512M`, `700000K` or as it is; the letters are powers of 1024.
struct MemorySize: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    let unit = argument.last.flatMap { units[Character($0.uppercased())] }
    guard let number = Double(unit == nil ? argument : String(argument.dropLast())), number > 0 else { return nil }
    let bytes = number * Double(unit ?? 1)
    guard bytes >= 1, bytes < 1e18 else { return nil }
    self.bytes = Int(bytes)
  }
}
