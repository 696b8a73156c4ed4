package abi_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/internal/sample"
	"github.com/sage-network/sage-node/internal/starkhash"
)

func drawEverything(t *rapid.T) sample.Everything {
	inner := rapid.Custom(func(t *rapid.T) sample.Inner {
		v := sample.Inner{Label: string(rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(t, "label"))}
		copy(v.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		v.Pair.V0 = rapid.Uint64().Draw(t, "pair")
		v.Pair.V1 = starkhash.Uint64(rapid.Uint64().Draw(t, "felt"))
		return v
	})
	v := sample.Everything{
		Small:  rapid.Uint8().Draw(t, "small"),
		Medium: rapid.Uint16().Draw(t, "medium"),
		Flag:   rapid.Bool().Draw(t, "flag"),
		Owner:  starkhash.Uint64(rapid.Uint64().Draw(t, "owner")),
		Class:  starkhash.Uint64(rapid.Uint64().Draw(t, "class")),
		List:   rapid.SliceOfN(inner, 0, 3).Draw(t, "list"),
		Colour: sample.Colour(rapid.IntRange(0, 1).Draw(t, "colour")),
		Shape:  sample.Shape{Variant: sample.ShapeVariant(rapid.IntRange(0, 3).Draw(t, "shape"))},
	}
	copy(v.Large[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "large"))
	if rapid.Bool().Draw(t, "some") {
		n := rapid.Uint64().Draw(t, "maybe")
		v.Maybe = &n
	}
	switch v.Shape.Variant {
	case sample.ShapeCircle:
		v.Shape.Circle = rapid.Uint32().Draw(t, "circle")
	case sample.ShapeNamed:
		v.Shape.Named = inner.Draw(t, "named")
	case sample.ShapePair:
		v.Shape.Pair.V0 = rapid.Uint8().Draw(t, "first")
		v.Shape.Pair.V1 = rapid.Bool().Draw(t, "second")
	}
	for range rapid.IntRange(0, 2).Draw(t, "rows") {
		row := []felt.Felt{}
		for range rapid.IntRange(0, 2).Draw(t, "columns") {
			row = append(row, starkhash.Uint64(rapid.Uint64().Draw(t, "cell")))
		}
		v.Matrix = append(v.Matrix, row)
	}
	return v
}

func decode(felts []felt.Felt) (sample.Everything, error) {
	d := abi.NewDecoder(felts)
	v := sample.DecodeEverything(d)
	return v, d.Finish()
}

func equal(a, b []felt.Felt) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(&b[i]) {
			return false
		}
	}
	return true
}

// Decoding is the inverse of encoding, and nothing but the encoding decodes: every list that decodes is the encoding of
// its value.
func TestRoundTripAndCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		felts := abi.Encode(drawEverything(t).Encode)
		v, err := decode(felts)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(abi.Encode(v.Encode), felts) {
			t.Fatal("the value came back changed")
		}
		if _, err := decode(felts[:rapid.IntRange(0, len(felts)-1).Draw(t, "cut")]); !errors.Is(err, abi.ErrDecode) {
			t.Fatalf("truncated data: %v", err)
		}
		if _, err := decode(append(append([]felt.Felt{}, felts...), felt.Felt{})); !errors.Is(err, abi.ErrDecode) {
			t.Fatalf("trailing data: %v", err)
		}
		at := rapid.IntRange(0, len(felts)-1).Draw(t, "at")
		bad := append([]felt.Felt{}, felts...)
		bad[at] = *new(felt.Felt).SetBigInt(new(big.Int).Lsh(big.NewInt(1), uint(rapid.IntRange(0, 251).Draw(t, "bit"))))
		if v, err := decode(bad); err == nil && !equal(abi.Encode(v.Encode), bad) {
			t.Fatalf("element %d: data that is no encoding decodes", at)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		var felts []felt.Felt
		for len(data) >= 2 {
			felts = append(felts, starkhash.Uint64(uint64(data[0])<<(data[1]&0x3f)))
			data = data[2:]
		}
		if v, err := decode(felts); err == nil && !equal(abi.Encode(v.Encode), felts) {
			t.Fatal("data that is no encoding decodes")
		}
	})
}

func TestDecoderLimits(t *testing.T) {
	two := func(n uint) felt.Felt { return *new(felt.Felt).SetBigInt(new(big.Int).Lsh(big.NewInt(1), n)) }
	one := starkhash.Uint64(1)
	for name, c := range map[string]struct {
		in   []felt.Felt
		read func(*abi.Decoder)
	}{
		"u8 256":               {[]felt.Felt{two(8)}, func(d *abi.Decoder) { d.Uint8() }},
		"u16 65536":            {[]felt.Felt{two(16)}, func(d *abi.Decoder) { d.Uint16() }},
		"u32 2^32":             {[]felt.Felt{two(32)}, func(d *abi.Decoder) { d.Uint32() }},
		"u64 2^64":             {[]felt.Felt{two(64)}, func(d *abi.Decoder) { d.Uint64() }},
		"u128 2^128":           {[]felt.Felt{two(128)}, func(d *abi.Decoder) { d.U128() }},
		"u256 high":            {[]felt.Felt{one, two(128)}, func(d *abi.Decoder) { d.U256() }},
		"bool 2":               {[]felt.Felt{two(1)}, func(d *abi.Decoder) { d.Bool() }},
		"address 2^251":        {[]felt.Felt{two(251)}, func(d *abi.Decoder) { d.Address() }},
		"variant":              {[]felt.Felt{two(1)}, func(d *abi.Decoder) { d.Variant(2, "E") }},
		"empty":                {nil, func(d *abi.Decoder) { d.Felt() }},
		"array length":         {[]felt.Felt{two(40), one}, func(d *abi.Decoder) { abi.DecodeSlice(d, (*abi.Decoder).Felt) }},
		"array length 2^64":    {[]felt.Felt{two(64), one}, func(d *abi.Decoder) { abi.DecodeSlice(d, (*abi.Decoder).Felt) }},
		"option 2":             {[]felt.Felt{two(1), one}, func(d *abi.Decoder) { abi.DecodeOption(d, (*abi.Decoder).Felt) }},
		"text: full word":      {[]felt.Felt{one, two(248), {}, {}}, func(d *abi.Decoder) { d.ByteArray() }},
		"text: pending length": {[]felt.Felt{{}, {}, starkhash.Uint64(31)}, func(d *abi.Decoder) { d.ByteArray() }},
		"text: pending word":   {[]felt.Felt{{}, two(8), one}, func(d *abi.Decoder) { d.ByteArray() }},
		"left over":            {[]felt.Felt{one, one}, func(d *abi.Decoder) { d.Felt() }},
	} {
		d := abi.NewDecoder(c.in)
		c.read(d)
		if err := d.Finish(); !errors.Is(err, abi.ErrDecode) {
			t.Errorf("%s: got %v, want ErrDecode", name, err)
		}
	}
}

func TestIntegers(t *testing.T) {
	for _, n := range []*big.Int{nil, big.NewInt(-1), new(big.Int).Lsh(big.NewInt(1), 256)} {
		if _, err := abi.U256FromBig(n); !errors.Is(err, abi.ErrRange) {
			t.Errorf("U256FromBig(%v): got %v, want ErrRange", n, err)
		}
	}
	for _, n := range []*big.Int{nil, big.NewInt(-1), new(big.Int).Lsh(big.NewInt(1), 128)} {
		if _, err := abi.U128FromBig(n); !errors.Is(err, abi.ErrRange) {
			t.Errorf("U128FromBig(%v): got %v, want ErrRange", n, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64().Draw(t, "n")
		if abi.U256FromUint64(n).Big().Uint64() != n || abi.U128FromUint64(n).Big().Uint64() != n {
			t.Fatalf("%d came back changed", n)
		}
	})
}

func TestDecodeEvent(t *testing.T) {
	at := starkhash.Uint64(0xabc)
	contract := sample.NewSample(at, nil)
	paid := abi.Event{
		From: at,
		Keys: []felt.Felt{starkhash.Selector("Paid"), starkhash.Uint64(7), starkhash.Uint64(100), {}},
		Data: abi.Encode(func(e *abi.Encoder) {
			e.ByteArray(strings.Repeat("label", 10))
			abi.EncodeSlice(e, []felt.Felt{starkhash.Uint64(1)}, (*abi.Encoder).Felt)
		}),
	}
	got, err := contract.DecodeEvent(paid)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := got.(*sample.SamplePaid)
	if !ok || p.Amount.Big().Int64() != 100 || p.Label != strings.Repeat("label", 10) || len(p.Hints) != 1 {
		t.Errorf("got %#v", got)
	}
	flipped := abi.Event{From: at, Keys: []felt.Felt{starkhash.Selector("Flipped")}, Data: []felt.Felt{felt.One}}
	if got, err := contract.DecodeEvent(flipped); err != nil || !got.(*sample.SampleFlipped).On {
		t.Errorf("a flat event: %#v, %v", got, err)
	}
	for name, c := range map[string]struct {
		change func(*abi.Event)
		want   error
	}{
		"another contract": {func(e *abi.Event) { e.From = felt.One }, abi.ErrUnknownEvent},
		"another selector": {func(e *abi.Event) { e.Keys = []felt.Felt{felt.One} }, abi.ErrUnknownEvent},
		"no keys":          {func(e *abi.Event) { e.Keys = nil }, abi.ErrUnknownEvent},
		"a key too few":    {func(e *abi.Event) { e.Keys = e.Keys[:3] }, abi.ErrDecode},
		"a key too many":   {func(e *abi.Event) { e.Keys = append(e.Keys, felt.One) }, abi.ErrDecode},
		"data cut":         {func(e *abi.Event) { e.Data = e.Data[:len(e.Data)-1] }, abi.ErrDecode},
		"data too long":    {func(e *abi.Event) { e.Data = append(e.Data, felt.One) }, abi.ErrDecode},
	} {
		e := paid
		e.Keys = append([]felt.Felt{}, paid.Keys...)
		e.Data = append([]felt.Felt{}, paid.Data...)
		c.change(&e)
		if _, err := contract.DecodeEvent(e); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
