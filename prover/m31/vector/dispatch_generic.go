//go:build !amd64 || purego

package vector

import "github.com/sage-network/sage-node/prover/m31"

// No kernel: none of the elements are done.

func add(_, _, _ []m31.Element) int                      { return 0 }
func sub(_, _, _ []m31.Element) int                      { return 0 }
func mul(_, _, _ []m31.Element) int                      { return 0 }
func alternate(_, _, _ []m31.Element) int                { return 0 }
func mulAdd(_, _, _, _ []m31.Element) int                { return 0 }
func mulSub(_, _, _, _ []m31.Element) int                { return 0 }
func addConst(_, _ []m31.Element, _ m31.Element) int     { return 0 }
func scale(_, _ []m31.Element, _ m31.Element) int        { return 0 }
func addScaled(_, _, _ []m31.Element, _ m31.Element) int { return 0 }

func mulSecure(_, _, _ Secure) int                           { return 0 }
func mulComplex(_, _, _ Complex) int                         { return 0 }
func transform(_, _ Secure, _ *[16]uint64) int               { return 0 }
func addTransform(_, _ Secure, _ *[16]uint64) int            { return 0 }
func fold(_, _ Secure, _ *[16]uint64) int                    { return 0 }
func combine(_ Secure, _ [][]m31.Element, _ [][4]uint64) int { return 0 }

func dot(_, _ []m31.Element) (m31.Element, int)           { return 0, 0 }
func dotSecure(_ []m31.Element, _ Secure) (m31.QM31, int) { return m31.QM31{}, 0 }
