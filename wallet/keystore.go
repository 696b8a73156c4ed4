package wallet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/scrypt"
	"golang.org/x/crypto/sha3"
)

var (
	// ErrPassword says that the password does not open the keystore.
	ErrPassword = errors.New("wallet: wrong password")
	// ErrCorrupt says that a keystore is damaged, or no keystore of version 3.
	ErrCorrupt = errors.New("wallet: the keystore is corrupt")
)

// Cost is the work that a password guess takes: scrypt's N, with r = 8 and p = 1.
type Cost int

const (
	// Standard takes half a second and 128 MiB.
	Standard Cost = 1 << 17
	// Light takes a hundredth of that, for tests and for throw-away networks whose password is no secret.
	Light Cost = 1 << 10
)

// storage is the Web3 Secret Storage format, version 3. Extra holds what other programs ignore.
type storage struct {
	Crypto struct {
		Cipher       string `json:"cipher"`
		CipherParams struct {
			IV string `json:"iv"`
		} `json:"cipherparams"`
		CipherText string    `json:"ciphertext"`
		KDF        string    `json:"kdf"`
		KDFParams  kdfParams `json:"kdfparams"`
		MAC        string    `json:"mac"`
	} `json:"crypto"`
	ID      string `json:"id"`
	Version int    `json:"version"`
	Extra   *extra `json:"sage,omitempty"`
}

// kdfParams are those of scrypt (n, r, p) or PBKDF2 (c, prf).
type kdfParams struct {
	DKLen int    `json:"dklen"`
	Salt  string `json:"salt"`
	N     int    `json:"n,omitempty"`
	R     int    `json:"r,omitempty"`
	P     int    `json:"p,omitempty"`
	C     int    `json:"c,omitempty"`
	PRF   string `json:"prf,omitempty"`
}

// extra tells a damaged file from a wrong password, and whose key it is without the password.
type extra struct {
	Kind      string `json:"kind"`
	PublicKey string `json:"public_key"`
	// Checksum is SHA-256 over all other fields.
	Checksum string `json:"checksum"`
}

// seal encrypts a 32-byte secret.
func seal(secret [32]byte, password []byte, cost Cost, kind, publicKey string) ([]byte, error) {
	if len(password) == 0 {
		return nil, fmt.Errorf("%w: an empty one is not accepted", ErrPassword)
	}
	var random [32 + 16 + 16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, fmt.Errorf("wallet: draw salt: %w", err)
	}
	salt, iv, id := random[:32], random[32:48], random[48:]
	var s storage
	s.Version, s.ID = 3, uuid(id)
	s.Crypto.Cipher, s.Crypto.CipherParams.IV = "aes-128-ctr", hex.EncodeToString(iv)
	s.Crypto.KDF, s.Crypto.KDFParams = "scrypt", kdfParams{DKLen: 32, Salt: hex.EncodeToString(salt), N: int(cost), R: 8, P: 1}
	derived, err := s.Crypto.KDFParams.derive("scrypt", password)
	if err != nil {
		return nil, err
	}
	text, err := ctr(derived, iv, secret[:])
	if err != nil {
		return nil, err
	}
	s.Crypto.CipherText, s.Crypto.MAC = hex.EncodeToString(text), hex.EncodeToString(mac(derived, text))
	s.Extra = &extra{Kind: kind, PublicKey: publicKey}
	s.Extra.Checksum = s.checksum()
	data, err := json.MarshalIndent(s, "", "  ")
	return append(data, '\n'), err
}

// parse reads a keystore and checks what can be checked without the password.
func parse(data []byte) (storage, error) {
	var s storage
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("%w: no JSON of a keystore: %w", ErrCorrupt, err)
	}
	if s.Version != 3 {
		return s, fmt.Errorf("%w: version %d, want 3", ErrCorrupt, s.Version)
	}
	if s.Crypto.Cipher != "aes-128-ctr" {
		return s, fmt.Errorf("%w: cipher %q, want aes-128-ctr", ErrCorrupt, s.Crypto.Cipher)
	}
	for name, field := range map[string]struct {
		text string
		size int
	}{
		"iv": {s.Crypto.CipherParams.IV, 16}, "ciphertext": {s.Crypto.CipherText, 32}, "mac": {s.Crypto.MAC, 32},
	} {
		if b, err := unhex(field.text); err != nil || len(b) != field.size {
			return s, fmt.Errorf("%w: %s is not %d bytes in hexadecimal", ErrCorrupt, name, field.size)
		}
	}
	if s.Extra != nil && s.Extra.Checksum != s.checksum() {
		return s, fmt.Errorf("%w: its checksum does not match: restore it from a copy or from the mnemonic", ErrCorrupt)
	}
	return s, nil
}

// open decrypts the secret.
func (s storage) open(password []byte) (secret [32]byte, err error) {
	derived, err := s.Crypto.KDFParams.derive(s.Crypto.KDF, password)
	if err != nil {
		return secret, err
	}
	// parse has checked the hexadecimal.
	text, _ := unhex(s.Crypto.CipherText)
	iv, _ := unhex(s.Crypto.CipherParams.IV)
	want, _ := unhex(s.Crypto.MAC)
	if subtle.ConstantTimeCompare(mac(derived, text), want) != 1 {
		if s.Extra == nil {
			return secret, fmt.Errorf("%w (or the keystore, made by another program, is damaged)", ErrPassword)
		}
		return secret, ErrPassword
	}
	plain, err := ctr(derived, iv, text)
	if err != nil {
		return secret, err
	}
	return [32]byte(plain), nil
}

// Bounds of what a keystore may ask for: memory of scrypt, rounds of PBKDF2.
const (
	maxScryptMemory = 1 << 30
	maxScryptWork   = 1 << 26
	maxRounds       = 10_000_000
)

// derive stretches the password into 32 bytes.
func (p kdfParams) derive(kdf string, password []byte) ([]byte, error) {
	salt, err := unhex(p.Salt)
	if err != nil || len(salt) == 0 || len(salt) > 1024 {
		return nil, fmt.Errorf("%w: the salt is not hexadecimal", ErrCorrupt)
	}
	if p.DKLen != 32 {
		return nil, fmt.Errorf("%w: dklen %d, want 32", ErrCorrupt, p.DKLen)
	}
	switch kdf {
	case "scrypt":
		n, r, q := int64(p.N), int64(p.R), int64(p.P)
		if n < 2 || n&(n-1) != 0 || r < 1 || q < 1 || n > 1<<26 || r > 1<<10 || q > 1<<10 ||
			128*n*r > maxScryptMemory || n*r*q > maxScryptWork {
			return nil, fmt.Errorf("%w: scrypt with n = %d, r = %d, p = %d", ErrCorrupt, n, r, q)
		}
		return scrypt.Key(password, salt, p.N, p.R, p.P, 32)
	case "pbkdf2":
		if p.PRF != "hmac-sha256" || p.C < 1 || p.C > maxRounds {
			return nil, fmt.Errorf("%w: pbkdf2 with prf = %q, c = %d", ErrCorrupt, p.PRF, p.C)
		}
		return pbkdf2.Key(sha256.New, string(password), salt, p.C, 32)
	}
	return nil, fmt.Errorf("%w: the key derivation %q is unknown", ErrCorrupt, kdf)
}

// ctr is AES-128-CTR under the first half of the derived key; it is its own inverse.
func ctr(derived, iv, in []byte) ([]byte, error) {
	block, err := aes.NewCipher(derived[:16])
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(in))
	cipher.NewCTR(block, iv).XORKeyStream(out, in)
	return out, nil
}

// mac is Keccak-256 of the second half of the derived key and the ciphertext.
func mac(derived, text []byte) []byte {
	h := sha3.NewLegacyKeccak256()
	h.Write(derived[16:32])
	h.Write(text)
	return h.Sum(nil)
}

func (s storage) checksum() string {
	e := *s.Extra
	e.Checksum = ""
	s.Extra = &e
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func unhex(s string) ([]byte, error) {
	return hex.DecodeString(strings.TrimPrefix(s, "0x"))
}

// uuid formats 16 random bytes as a UUID of version 4.
func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
