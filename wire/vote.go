package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// Verdict is what a validator says of a slot. The numbers are those of the contracts' enum.
type Verdict uint8

const (
	// Valid: proof fetched, decoded, matched to its commitment and verified against the chain's
	// statement; result delivered and matched where the job asks for it.
	Valid Verdict = 1
	// Invalid: the committed bytes were fetched, and are not that.
	Invalid Verdict = 2
	// Unavailable: nobody served the committed bytes. It is no opinion on them: it may become
	// Valid or Invalid in a later round.
	Unavailable Verdict = 3
)

// Decisive tells whether the verdict is final for its validator: Valid and Invalid on one slot are
// an offence.
func (v Verdict) Decisive() bool { return v == Valid || v == Invalid }

// Known tells whether v is one of the three verdicts.
func (v Verdict) Known() bool { return v >= Valid && v <= Unavailable }

func (v Verdict) String() string {
	switch v {
	case Valid:
		return "VALID"
	case Invalid:
		return "INVALID"
	case Unavailable:
		return "UNAVAILABLE"
	}
	return fmt.Sprintf("verdict(%d)", uint8(v))
}

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) {
	if !v.Known() {
		return nil, fmt.Errorf("%w: %s", ErrNotCanonical, v)
	}
	return []byte(v.String()), nil
}

// UnmarshalText reads the verdict's name.
func (v *Verdict) UnmarshalText(b []byte) error {
	for _, known := range []Verdict{Valid, Invalid, Unavailable} {
		if string(b) == known.String() {
			*v = known
			return nil
		}
	}
	return fmt.Errorf("%w: verdict %q, want VALID, INVALID or UNAVAILABLE", ErrNotCanonical, b)
}

// Signature is a STARK-curve ECDSA signature.
type Signature = starkhash.Signature

// MaxRound is the last round that a vote may name: with rounds of half a minute, a year.
const MaxRound = 1 << 20

// VoteVersion is the first byte of an encoded Vote.
const VoteVersion = 2

// VoteSize is the length in bytes of an encoded Vote.
const VoteSize = 1 + SlotSize + 4 + 1 + 3*32

// Vote is one validator's signed verdict on a slot in one round.
type Vote struct {
	Slot      Slot
	Round     uint32
	Verdict   Verdict
	Validator felt.Felt // account address; the key is the one in the epoch's table
	Signature Signature // over Hash
}

// MarshalBinary returns the VoteSize bytes of the canonical encoding: version, slot, round,
// verdict, validator, r, s.
func (v Vote) MarshalBinary() ([]byte, error) {
	b := append(make([]byte, 0, VoteSize), VoteVersion)
	b = v.Slot.appendTo(b)
	b = binary.BigEndian.AppendUint32(b, v.Round)
	b = append(b, byte(v.Verdict))
	b = appendFelt(b, &v.Validator)
	b = appendFelt(b, &v.Signature.R)
	return appendFelt(b, &v.Signature.S), nil
}

// UnmarshalBinary accepts exactly what MarshalBinary writes for a vote with a known verdict and a
// round within bounds. It does not check the signature.
func (v *Vote) UnmarshalBinary(b []byte) error {
	d := decoder{rest: b}
	if version := d.byte("version"); d.err == nil && version != VoteVersion {
		d.err = fmt.Errorf("%w: %d, want %d", ErrVersion, version, VoteVersion)
	}
	var vote Vote
	vote.Slot.read(&d)
	vote.Round, vote.Verdict = d.roundAndVerdict()
	d.felt(&vote.Validator, "validator")
	d.felt(&vote.Signature.R, "signature r")
	d.felt(&vote.Signature.S, "signature s")
	if err := d.finish(); err != nil {
		return fmt.Errorf("vote: %w", err)
	}
	*v = vote
	return nil
}

func (d *decoder) roundAndVerdict() (uint32, Verdict) {
	round, verdict := d.uint32("round"), Verdict(d.byte("verdict"))
	switch {
	case d.err != nil:
	case round > MaxRound:
		d.err = fmt.Errorf("%w: round %d, at most %d", ErrNotCanonical, round, MaxRound)
	case !verdict.Known():
		d.err = fmt.Errorf("%w: %s", ErrNotCanonical, verdict)
	}
	return round, verdict
}
