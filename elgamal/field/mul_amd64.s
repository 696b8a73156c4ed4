//go:build !purego

#include "textflag.h"

// The choice stands here so that Mul and Square have one call to inline.

// func mul(z, x, y *[4]uint64)
TEXT ·mul(SB), NOSPLIT, $0-24
	CMPB ·hasBMI2(SB), $0
	JEQ  portable
	JMP  ·mulBMI2(SB)

portable:
	JMP ·mulPortable(SB)

// func square(z, x *[4]uint64, n uint64)
TEXT ·square(SB), NOSPLIT, $0-24
	CMPB ·hasBMI2(SB), $0
	JEQ  portable
	JMP  ·squareBMI2(SB)

portable:
	JMP ·squarePortable(SB)
