//go:build !amd64 || purego

package cpu

// Supported returns the best level of this machine.
func Supported() Level { return Generic }
