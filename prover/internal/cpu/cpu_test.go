package cpu

import "testing"

func TestLevels(t *testing.T) {
	for l := Generic; l <= AVX512; l++ {
		if got, err := ParseLevel(l.String()); got != l || err != nil {
			t.Errorf("ParseLevel(%q) = %v, %v", l.String(), got, err)
		}
	}
	if _, err := ParseLevel("avx3"); err == nil {
		t.Error("ParseLevel takes unknown names")
	}
}

func TestSetStaysSupported(t *testing.T) {
	defer Set(Set(AVX512))
	if Current() != Supported() {
		t.Errorf("level %v, the machine supports %v", Current(), Supported())
	}
	Set(Generic)
	if Current() != Generic {
		t.Errorf("level %v, want generic", Current())
	}
}
