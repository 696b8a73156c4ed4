//go:build !amd64 || purego

package field

// Mul z = x·y (mod p).
func Mul(z, x, y *Element) { mulGeneric(z, x, y) }

// Square z = x² (mod p).
func Square(z, x *Element) { squareGeneric(z, x) }

func squareTimes(z, x *Element, n int) { squareTimesGeneric(z, x, n) }
