package job

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// ErrBadID means that a text is not a job identifier.
var ErrBadID = errors.New("job: an identifier is 0x followed by 32 hex digits")

// ID identifies a job on-chain: a u128, big-endian. The JobManager computes it as the low half of
// the Poseidon hash of (owner, salt), so that an identifier cannot be squatted by another caller.
type ID [16]byte

// NewID computes the identifier that the JobManager gives to a job of owner with this salt.
func NewID(owner, salt felt.Felt) ID {
	h := starkhash.Poseidon(owner, salt)
	b := h.Bytes()
	var id ID
	copy(id[:], b[16:])
	return id
}

// ParseID reads the text form. It accepts fewer than 32 digits, as Starknet tools print them.
func ParseID(s string) (ID, error) {
	var id ID
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || digits == "" || len(digits) > 32 {
		return id, fmt.Errorf("%w: got %q", ErrBadID, s)
	}
	b, err := hex.DecodeString(strings.Repeat("0", 32-len(digits)) + digits)
	if err != nil {
		return id, fmt.Errorf("%w: got %q", ErrBadID, s)
	}
	copy(id[:], b)
	return id, nil
}

// String is 0x followed by 32 hex digits.
func (id ID) String() string { return "0x" + hex.EncodeToString(id[:]) }

// Felt is the identifier as the contracts take it.
func (id ID) Felt() felt.Felt {
	var f felt.Felt
	f.SetBytes(id[:])
	return f
}

// MarshalJSON writes the text form.
func (id ID) MarshalJSON() ([]byte, error) { return json.Marshal(id.String()) }

// UnmarshalJSON reads the text form.
func (id *ID) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("%w: %s", ErrBadID, err)
	}
	v, err := ParseID(s)
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// NewSalt draws a random salt of 248 bits.
func NewSalt() felt.Felt {
	var b [31]byte
	rand.Read(b[:])
	var f felt.Felt
	f.SetBytes(b[:])
	return f
}
