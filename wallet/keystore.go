package wallet

import (
	"bytes"
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

	"github.com/google/uuid"
	"golang.org/x/crypto/scrypt"
	"golang.org/x/crypto/sha3"

	"github.com/sage-network/sage-node/internal/starkhash"
)

var (
	// ErrPassword means that the password does not open the keystore.
	ErrPassword = errors.New("wallet: wrong password")
	// ErrKeystore means that a keystore is damaged, or not a keystore.
	ErrKeystore = errors.New("wallet: not a readable keystore")
)

// The cost of a guess: scrypt with 128 MiB, about 0.4 s on one core.
const (
	scryptN = 1 << 17
	scryptR = 8
	scryptP = 1

	// What a file may ask of this machine before it is refused.
	maxScryptMemory = 1 << 30
	maxIterations   = 1 << 24
	maxKeystore     = 16 << 10
)

// keystore is the Web3 Secret Storage format, version 3, with two members more, which other programs
// ignore: the public key, and a checksum that tells a damaged file from a wrong password.
type keystore struct {
	Version   int    `json:"version"`
	ID        string `json:"id"`
	Address   string `json:"address,omitempty"` // Starknet account address
	PublicKey string `json:"public_key,omitempty"`
	Crypto    sealed `json:"crypto"`
	Checksum  string `json:"checksum,omitempty"` // SHA-256 of the crypto member as this program writes it
}

type sealed struct {
	Cipher       string `json:"cipher"`
	CipherParams struct {
		IV hexBytes `json:"iv"`
	} `json:"cipherparams"`
	CipherText hexBytes        `json:"ciphertext"`
	KDF        string          `json:"kdf"`
	KDFParams  json.RawMessage `json:"kdfparams"`
	MAC        hexBytes        `json:"mac"`
}

type scryptParams struct {
	N    int      `json:"n"`
	R    int      `json:"r"`
	P    int      `json:"p"`
	KeyN int      `json:"dklen"`
	Salt hexBytes `json:"salt"`
}

type pbkdf2Params struct {
	C    int      `json:"c"`
	PRF  string   `json:"prf"`
	KeyN int      `json:"dklen"`
	Salt hexBytes `json:"salt"`
}

type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func (h *hexBytes) UnmarshalText(b []byte) error {
	v, err := hex.DecodeString(string(bytes.TrimPrefix(b, []byte("0x"))))
	*h = v
	return err
}

// Encrypt seals a key under a password. address may be empty.
func Encrypt(key starkhash.PrivateKey, password, address string) ([]byte, error) {
	secret := key.Secret()
	defer clear(secret[:])
	k := keystore{Version: 3, ID: uuid.NewString(), Address: address, PublicKey: key.PublicKey().String()}
	salt, iv := make([]byte, 32), make([]byte, aes.BlockSize)
	rand.Read(salt)
	rand.Read(iv)
	derived, err := scrypt.Key([]byte(password), salt, scryptN, scryptR, scryptP, 32)
	if err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	defer clear(derived)
	params, err := json.Marshal(scryptParams{N: scryptN, R: scryptR, P: scryptP, KeyN: 32, Salt: salt})
	if err != nil {
		return nil, err
	}
	k.Crypto = sealed{Cipher: "aes-128-ctr", CipherText: crypt(derived, iv, secret[:]), KDF: "scrypt", KDFParams: params}
	k.Crypto.CipherParams.IV = iv
	k.Crypto.MAC = mac(derived, k.Crypto.CipherText)
	k.Checksum = k.Crypto.checksum()
	return json.MarshalIndent(k, "", "  ")
}

// Decrypt opens a keystore. It tells a wrong password (ErrPassword) from a damaged file
// (ErrKeystore) where the file carries a checksum; files of other programs do not.
func Decrypt(file []byte, password string) (starkhash.PrivateKey, error) {
	k, err := parse(file)
	if err != nil {
		return starkhash.PrivateKey{}, err
	}
	derived, err := k.Crypto.derive(password)
	if err != nil {
		return starkhash.PrivateKey{}, err
	}
	defer clear(derived)
	if subtle.ConstantTimeCompare(mac(derived, k.Crypto.CipherText), k.Crypto.MAC) != 1 {
		return starkhash.PrivateKey{}, ErrPassword
	}
	secret := crypt(derived, k.Crypto.CipherParams.IV, k.Crypto.CipherText)
	defer clear(secret)
	key, err := starkhash.NewPrivateKey(secret)
	if err != nil {
		return starkhash.PrivateKey{}, fmt.Errorf("%w: it holds no key of the STARK curve", ErrKeystore)
	}
	if k.PublicKey != "" && key.PublicKey().String() != k.PublicKey {
		return starkhash.PrivateKey{}, fmt.Errorf("%w: the key is not the one that public_key names", ErrKeystore)
	}
	return key, nil
}

func parse(file []byte) (keystore, error) {
	var k keystore
	if len(file) > maxKeystore {
		return k, fmt.Errorf("%w: %d bytes, at most %d", ErrKeystore, len(file), maxKeystore)
	}
	if err := json.Unmarshal(file, &k); err != nil {
		return k, fmt.Errorf("%w: %s", ErrKeystore, err)
	}
	c := k.Crypto
	switch {
	case k.Version != 3:
		return k, fmt.Errorf("%w: version %d, this program reads version 3", ErrKeystore, k.Version)
	case k.Checksum != "" && k.Checksum != c.checksum():
		return k, fmt.Errorf("%w: its checksum does not fit; restore it from a backup or from the mnemonic", ErrKeystore)
	case c.Cipher != "aes-128-ctr":
		return k, fmt.Errorf("%w: cipher %q", ErrKeystore, c.Cipher)
	case len(c.CipherParams.IV) != aes.BlockSize || len(c.CipherText) != 32 || len(c.MAC) != 32:
		return k, fmt.Errorf("%w: iv, ciphertext or mac of a wrong length", ErrKeystore)
	}
	return k, nil
}

func (c sealed) derive(password string) ([]byte, error) {
	bad := func(why string) error { return fmt.Errorf("%w: %s", ErrKeystore, why) }
	switch c.KDF {
	case "scrypt":
		var p scryptParams
		if err := json.Unmarshal(c.KDFParams, &p); err != nil {
			return nil, bad(err.Error())
		}
		if p.KeyN != 32 || p.N < 2 || p.N&(p.N-1) != 0 || p.R < 1 || p.P < 1 || p.P > 16 || p.R > 1<<10 || p.N > maxScryptMemory/128/p.R {
			return nil, bad("scrypt parameters out of range")
		}
		derived, err := scrypt.Key([]byte(password), p.Salt, p.N, p.R, p.P, p.KeyN)
		if err != nil {
			return nil, bad(err.Error())
		}
		return derived, nil
	case "pbkdf2":
		var p pbkdf2Params
		if err := json.Unmarshal(c.KDFParams, &p); err != nil {
			return nil, bad(err.Error())
		}
		if p.KeyN != 32 || p.PRF != "hmac-sha256" || p.C < 1 || p.C > maxIterations {
			return nil, bad("PBKDF2 parameters out of range")
		}
		return pbkdf2.Key(sha256.New, password, p.Salt, p.C, p.KeyN)
	}
	return nil, bad(fmt.Sprintf("key derivation %q", c.KDF))
}

func (c sealed) checksum() string {
	b, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func crypt(derived, iv, in []byte) []byte {
	block, err := aes.NewCipher(derived[:16])
	if err != nil {
		panic("wallet: AES takes 16 bytes: " + err.Error())
	}
	out := make([]byte, len(in))
	cipher.NewCTR(block, iv).XORKeyStream(out, in)
	return out
}

func mac(derived, ciphertext []byte) []byte {
	h := sha3.NewLegacyKeccak256()
	h.Write(derived[16:32])
	h.Write(ciphertext)
	return h.Sum(nil)
}
