package wire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
)

var (
	// ErrTruncated: the encoding ends before its last field.
	ErrTruncated = errors.New("wire: encoding is too short")
	// ErrTrailing: bytes follow the last field.
	ErrTrailing = errors.New("wire: encoding has trailing bytes")
	// ErrNotCanonical: a value lies outside its range, or has another encoding that is the right
	// one.
	ErrNotCanonical = errors.New("wire: value is not canonical")
)

// decoder reads fields off the front of a byte string and remembers the first fault.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) take(n int, field string) []byte {
	if d.err != nil {
		return nil
	}
	if len(d.rest) < n {
		d.err = fmt.Errorf("%w: %s needs %d bytes, %d are left", ErrTruncated, field, n, len(d.rest))
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) bytes(dst []byte, field string) {
	if b := d.take(len(dst), field); b != nil {
		copy(dst, b)
	}
}

func (d *decoder) byte(field string) byte {
	if b := d.take(1, field); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint16(field string) uint16 {
	if b := d.take(2, field); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) uint32(field string) uint32 {
	if b := d.take(4, field); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64(field string) uint64 {
	if b := d.take(8, field); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) felt(dst *felt.Felt, field string) {
	b := d.take(32, field)
	if b == nil {
		return
	}
	if err := dst.SetBytesCanonical(b); err != nil {
		d.err = fmt.Errorf("%w: %s is not below the field's prime", ErrNotCanonical, field)
	}
}

func (d *decoder) finish() error {
	if d.err == nil && len(d.rest) > 0 {
		d.err = fmt.Errorf("%w: %d bytes", ErrTrailing, len(d.rest))
	}
	return d.err
}

func appendFelt(b []byte, f *felt.Felt) []byte {
	bytes := f.Bytes()
	return append(b, bytes[:]...)
}
