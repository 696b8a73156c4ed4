//go:build amd64 && !purego

package cpu

import "golang.org/x/sys/cpu"

// Supported returns the best level of this machine.
func Supported() Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasBMI2:
		return Generic
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL:
		return AVX2
	}
	return AVX512
}
