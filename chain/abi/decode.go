package abi

import (
	"errors"
	"fmt"
	"math"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
)

var (
	// ErrDecode says that a list of field elements is not the serialisation of the wanted type.
	ErrDecode = errors.New("abi: malformed data")
	// ErrRange says that a number does not fit its Cairo type.
	ErrRange = errors.New("abi: number out of range")
	// ErrUnknownEvent says that an event is none of those that the contract's ABI names.
	ErrUnknownEvent = errors.New("abi: unknown event")
)

// Decoder reads values from a list of field elements. The first failure sticks: later reads return zero values, and
// Finish reports it. That keeps generated code free of error handling without losing an error.
type Decoder struct {
	in  []felt.Felt
	at  int
	err error
}

// NewDecoder reads from felts, which it does not change.
func NewDecoder(felts []felt.Felt) *Decoder { return &Decoder{in: felts} }

// Finish returns the first failure, or an error when elements are left.
func (d *Decoder) Finish() error {
	if d.err == nil && d.at != len(d.in) {
		return fmt.Errorf("%w: %d elements left after the %d of the value", ErrDecode, len(d.in)-d.at, d.at)
	}
	return d.err
}

// Err returns the first failure so far.
func (d *Decoder) Err() error { return d.err }

// Remaining returns how many elements are left; zero after a failure.
func (d *Decoder) Remaining() int {
	if d.err != nil {
		return 0
	}
	return len(d.in) - d.at
}

// Fail makes the decoder fail, if it has not yet: what names what was wanted.
func (d *Decoder) Fail(what string, found felt.Felt) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: element %d is %s, want %s", ErrDecode, d.at-1, found.String(), what)
	}
}

// Felt reads a felt252.
func (d *Decoder) Felt() felt.Felt {
	if d.err != nil {
		return felt.Felt{}
	}
	if d.at >= len(d.in) {
		d.err = fmt.Errorf("%w: it ends after %d elements", ErrDecode, len(d.in))
		return felt.Felt{}
	}
	d.at++
	return d.in[d.at-1]
}

// Address reads a ContractAddress or ClassHash: a number below 2^251.
func (d *Decoder) Address() felt.Felt {
	f := d.Felt()
	if b := f.Bytes(); b[0]&0xf8 != 0 {
		d.Fail("an address or class hash", f)
		return felt.Felt{}
	}
	return f
}

// uint reads an unsigned integer of at most max.
func (d *Decoder) uint(max uint64, what string) uint64 {
	f := d.Felt()
	b := f.Bits()
	if b[1]|b[2]|b[3] != 0 || b[0] > max {
		d.Fail(what, f)
		return 0
	}
	return b[0]
}

// Uint8 reads a u8.
func (d *Decoder) Uint8() uint8 { return uint8(d.uint(math.MaxUint8, "a u8")) }

// Uint16 reads a u16.
func (d *Decoder) Uint16() uint16 { return uint16(d.uint(math.MaxUint16, "a u16")) }

// Uint32 reads a u32.
func (d *Decoder) Uint32() uint32 { return uint32(d.uint(math.MaxUint32, "a u32")) }

// Uint64 reads a u64.
func (d *Decoder) Uint64() uint64 { return d.uint(math.MaxUint64, "a u64") }

// Bool reads a bool.
func (d *Decoder) Bool() bool { return d.uint(1, "a bool") == 1 }

// Variant reads the index of an enum's variant, of which there are n.
func (d *Decoder) Variant(n int, enum string) uint8 {
	return uint8(d.uint(uint64(n)-1, "a variant of "+enum))
}

// U128 reads a u128.
func (d *Decoder) U128() (u U128) {
	f := d.Felt()
	b := f.Bits()
	if b[2]|b[3] != 0 {
		d.Fail("a u128", f)
		return u
	}
	bytes := f.Bytes()
	copy(u[:], bytes[16:])
	return u
}

// U256 reads a u256.
func (d *Decoder) U256() (u U256) {
	low, high := d.U128(), d.U128()
	copy(u[:16], high[:])
	copy(u[16:], low[:])
	return u
}

// length reads the length of an array whose elements take at least one element of the list each.
func (d *Decoder) length() int {
	f := d.Felt()
	b := f.Bits()
	if b[1]|b[2]|b[3] != 0 || b[0] > uint64(d.Remaining()) {
		d.Fail(fmt.Sprintf("an array length of at most %d, the elements left", d.Remaining()), f)
		return 0
	}
	return int(b[0])
}

// ByteArray reads a ByteArray; its bytes need not be UTF-8.
func (d *Decoder) ByteArray() string {
	words := d.length()
	out := make([]byte, 0, words*wordBytes)
	for range words {
		w := d.Felt()
		b := w.Bytes()
		if b[0] != 0 {
			d.Fail("a word of 31 bytes", w)
			return ""
		}
		out = append(out, b[1:]...)
	}
	rest := d.Felt()
	n := int(d.uint(wordBytes-1, "a length below 31"))
	b := rest.Bytes()
	for _, c := range b[:32-n] {
		if c != 0 {
			d.Fail(fmt.Sprintf("the length of the pending word %s", rest.String()), starkhash.Uint64(uint64(n)))
			return ""
		}
	}
	if d.err != nil {
		return ""
	}
	return string(append(out, b[32-n:]...))
}

// DecodeSlice reads an Array or Span.
func DecodeSlice[T any](d *Decoder, element func(*Decoder) T) []T {
	n := d.length()
	out := make([]T, 0, min(n, 1024))
	for range n {
		out = append(out, element(d))
		if d.err != nil {
			return nil
		}
	}
	return out
}

// DecodeOption reads an Option; None is nil.
func DecodeOption[T any](d *Decoder, some func(*Decoder) T) *T {
	if d.uint(1, "a variant of Option") == 1 || d.err != nil {
		return nil
	}
	v := some(d)
	return &v
}
