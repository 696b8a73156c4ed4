//go:build !purego

package field

import "golang.org/x/sys/cpu"

var hasADX = cpu.X86.HasADX && cpu.X86.HasBMI2

//go:noescape
func mulADX(z, x, y *Element)

// Mul z = x·y (mod p).
func Mul(z, x, y *Element) {
	if hasADX {
		mulADX(z, x, y)
	} else {
		mulGeneric(z, x, y)
	}
}

// Square z = x² (mod p).
func Square(z, x *Element) { squareGeneric(z, x) }
