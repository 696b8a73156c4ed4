// Package hardware finds out what a worker's machine has and how busy it is, and writes the
// capability manifest that the node key signs.
//
// GPUs are read through NVML, the driver's own library; where that is not to be had (no cgo, another
// system), from the output of nvidia-smi; else the machine has none. What a manifest says is a claim:
// benchmarks and attestation, not this package, make it more.
package hardware
