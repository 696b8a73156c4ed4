package interop

import "github.com/sage-network/sage-node/prover/m31"

// word returns SplitMix64's output number 2³²·stream + i for the seed.
func word(seed, stream uint32, i int) uint64 {
	z := uint64(seed) + (uint64(stream)<<32+uint64(i)+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// element returns the word's upper 31 bits modulo P.
func element(seed, stream uint32, i int) m31.Element {
	return m31.Element(uint32(word(seed, stream, i)>>33) % m31.P)
}
