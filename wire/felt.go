package wire

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/NethermindEth/juno/core/felt"
)

// Felt is a field element in JSON: 0x and hex digits, below the field's prime. Convert with
// Felt(x) and felt.Felt(x).
type Felt felt.Felt

// ParseFelt reads the text form strictly.
func ParseFelt(s string) (felt.Felt, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || digits == "" || len(digits) > 64 {
		return felt.Felt{}, fmt.Errorf("%w: %q is not 0x and up to 64 hex digits", ErrMalformed, s)
	}
	b, err := hex.DecodeString(strings.Repeat("0", 64-len(digits)) + digits)
	if err != nil {
		return felt.Felt{}, fmt.Errorf("%w: %q is not 0x and up to 64 hex digits", ErrMalformed, s)
	}
	var f felt.Felt
	f.SetBytes(b)
	if back := f.Bytes(); string(back[:]) != string(b) {
		return felt.Felt{}, fmt.Errorf("%w: %s is not below the field's prime", ErrNotCanonical, s)
	}
	return f, nil
}

func (f Felt) String() string {
	v := felt.Felt(f)
	return v.String()
}

// IsZero reports whether f is 0.
func (f Felt) IsZero() bool { return f == Felt{} }

// MarshalText writes the text form.
func (f Felt) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the text form strictly.
func (f *Felt) UnmarshalText(b []byte) error {
	v, err := ParseFelt(string(b))
	if err != nil {
		return err
	}
	*f = Felt(v)
	return nil
}
