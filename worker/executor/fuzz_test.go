package executor

import (
	"errors"
	"testing"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

func FuzzDecodePayload(f *testing.F) {
	f.Add([]byte(`{"spec":{"version":1,"type":"matmul","rows":8,"inner":8,"columns":8,"input":{"kind":"seed","seed":"0700000000000000000000000000000000000000000000000000000000000000"},"delivery":"result","min_tier":1}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePayload(b)
		if err != nil {
			if !errors.Is(err, ErrPayload) {
				t.Errorf("%v does not wrap ErrPayload", err)
			}
			return
		}
		if err := p.Spec.Validate(); err != nil {
			t.Errorf("accepted %+v: %v", p.Spec, err)
		}
	})
}

func FuzzSplitPair(f *testing.F) {
	a, b, _ := prover.Expand([32]byte{1}, 2, 3, 4)
	pair, _ := a.MarshalBinary()
	second, _ := b.MarshalBinary()
	f.Add(wire.JoinInput(pair, second))
	f.Fuzz(func(t *testing.T, blob []byte) {
		a, b, err := splitPair(blob)
		if err != nil {
			return
		}
		x, err := a.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if string(wire.JoinInput(x, y)) != string(blob) {
			t.Error("two encodings of one pair")
		}
	})
}
