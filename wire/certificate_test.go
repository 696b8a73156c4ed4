package wire

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func drawCertificate(t *rapid.T) Certificate {
	vote := drawVote(t)
	c := Certificate{Slot: vote.Slot, Round: vote.Round, Verdict: vote.Verdict}
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, MaxSigners-1), 1, 20, rapid.ID).Draw(t, "signers") {
		c.Signers.Set(i)
	}
	for range c.Signers.Count() {
		c.Signatures = append(c.Signatures, Signature{R: drawFelt(t, "r"), S: drawFelt(t, "s")})
	}
	return c
}

func TestCertificateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCertificate(t)
		b, err := c.MarshalBinary()
		if err != nil || len(b) > MaxCertificateSize {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		var back Certificate
		if err := back.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		again, err := back.MarshalBinary()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("read back %+v, %v", back, err)
		}
	})
}

func sampleCertificate(signers ...int) Certificate {
	vote := sampleVote()
	c := Certificate{Slot: vote.Slot, Round: vote.Round, Verdict: vote.Verdict}
	for _, i := range signers {
		c.Signers.Set(i)
		c.Signatures = append(c.Signatures, vote.Signature)
	}
	return c
}

func TestCertificateIsReadStrictly(t *testing.T) {
	good, err := sampleCertificate(0, 1, 255).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	const bitmap = 1 + SlotSize + 5
	without := bytes.Clone(good)
	without[bitmap] = 0 // bit 255
	with := bytes.Clone(good)
	with[bitmap+31] |= 4 // bit 2
	nobody := bytes.Clone(good[:bitmap+32])
	clear(nobody[bitmap:])
	version := bytes.Clone(good)
	version[0] = 9
	for name, c := range map[string]struct {
		encoded []byte
		want    error
	}{
		"empty":                 {nil, ErrTruncated},
		"one signature less":    {good[:len(good)-64], ErrTruncated},
		"a byte less":           {good[:len(good)-1], ErrTruncated},
		"a byte more":           {append(bytes.Clone(good), 0), ErrTrailing},
		"signer without bit":    {without, ErrTrailing},
		"bit without signature": {with, ErrTruncated},
		"nobody":                {nobody, ErrNotCanonical},
		"version":               {version, ErrVersion},
	} {
		t.Run(name, func(t *testing.T) {
			var back Certificate
			if err := back.UnmarshalBinary(c.encoded); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	uneven := sampleCertificate(1, 2)
	uneven.Signatures = uneven.Signatures[:1]
	if _, err := uneven.MarshalBinary(); !errors.Is(err, ErrNotCanonical) {
		t.Errorf("wrote a signer without a signature: %v", err)
	}
}

func TestBitmap(t *testing.T) {
	var b Bitmap
	for _, i := range []int{0, 7, 8, 255} {
		b.Set(i)
	}
	if b[31] != 0x81 || b[30] != 1 || b[0] != 0x80 || b.Count() != 4 {
		t.Errorf("bits 0, 7, 8, 255 are %x, counted %d", b, b.Count())
	}
	for _, i := range []int{-1, 1, 256, 1000} {
		if b.Has(i) {
			t.Errorf("has bit %d", i)
		}
	}
}

func FuzzCertificate(f *testing.F) {
	good, _ := sampleCertificate(0, 3).MarshalBinary()
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Certificate
		if c.UnmarshalBinary(b) != nil {
			return
		}
		back, err := c.MarshalBinary()
		if err != nil || !bytes.Equal(back, b) {
			t.Errorf("%x was accepted and is written as %x, %v", b, back, err)
		}
	})
}
