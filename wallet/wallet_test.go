package wallet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tyler-smith/go-bip39"

	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/internal/starkhash"
)

func load(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func TestDerivationVectors(t *testing.T) {
	var v struct {
		Grind     []struct{ Seed, Key string }
		Mnemonics []struct {
			Mnemonic, Seed string
			Keys           []struct{ Child, Key, Public string }
		}
	}
	load(t, "derivation.json", &v)
	if len(v.Grind) == 0 || len(v.Mnemonics) == 0 {
		t.Fatal("the vectors are incomplete")
	}
	for _, g := range v.Grind {
		seed, _ := hex.DecodeString(g.Seed)
		key, err := grind(seed)
		if err != nil {
			t.Fatal(err)
		}
		if got := key.Secret(); hex.EncodeToString(got[:]) != g.Key {
			t.Errorf("grind %s: got %x, want %s", g.Seed, got, g.Key)
		}
	}
	for _, c := range v.Mnemonics {
		m, err := ParseMnemonic(c.Mnemonic)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(bip39.NewSeed(m.Reveal(), "")); got != c.Seed {
			t.Errorf("seed %s, want %s", got, c.Seed)
		}
		for i, want := range c.Keys {
			key, err := m.Key(Kind(i))
			if err != nil {
				t.Fatal(err)
			}
			if got := key.Secret(); hex.EncodeToString(got[:]) != want.Key || key.PublicKey().String() != want.Public {
				t.Errorf("key %d: got %x, want %s", i, got, want.Key)
			}
		}
	}
}

// Test vectors 1 and 3 of BIP-32; the third has leading zeros that some programs lose.
func TestBIP32Vectors(t *testing.T) {
	for _, c := range []struct {
		seed string
		path []uint32
		key  string
	}{
		{"000102030405060708090a0b0c0d0e0f", nil, "e8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35"},
		{"000102030405060708090a0b0c0d0e0f", []uint32{hardened, 1, hardened | 2, 2, 1000000000}, "471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8"},
		{"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be", nil, "00ddb80b067e0d4993197fe10f2657a844a384589847602d56f0c629c81aae32"},
		{"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be", []uint32{hardened}, "491f7a2eebc7b57028e0d3faa0acda02e75c33b03c48fb288c41e2ea44e1daef"},
	} {
		seed, _ := hex.DecodeString(c.seed)
		got, err := derive(seed, c.path...)
		if err != nil || hex.EncodeToString(got[:]) != c.key {
			t.Errorf("%v: got %x, %v, want %s", c.path, got, err, c.key)
		}
	}
}

func TestKeystoreVectors(t *testing.T) {
	var v struct {
		Keystores []struct {
			Name, Password, Secret string
			File                   json.RawMessage
		}
	}
	load(t, "keystores.json", &v)
	if len(v.Keystores) < 3 {
		t.Fatal("the vectors are incomplete")
	}
	for _, c := range v.Keystores {
		s, err := parse(c.File)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		secret, err := s.open([]byte(c.Password))
		if err != nil || hex.EncodeToString(secret[:]) != c.Secret {
			t.Errorf("%s: got %x, %v", c.Name, secret, err)
		}
		if c.Name == "starkli" {
			if _, err := s.open([]byte("wrong")); !errors.Is(err, ErrPassword) {
				t.Errorf("%s with a wrong password: %v", c.Name, err)
			}
		}
	}
}

func TestCreateImportOpen(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "wallet")
	w := At(folder)
	password := []byte("a password")
	if _, err := w.Key(Account, password); !errors.Is(err, ErrMissing) {
		t.Errorf("no wallet: %v", err)
	}
	m, err := w.Create(password, Light)
	if err != nil {
		t.Fatal(err)
	}
	if len(strings.Fields(m.Reveal())) != Words {
		t.Errorf("the mnemonic has %d words", len(strings.Fields(m.Reveal())))
	}
	seen := map[[32]byte]bool{}
	for _, kind := range kinds {
		key, err := w.Key(kind, password)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := m.Key(kind)
		if key.Secret() != want.Secret() || seen[key.Secret()] {
			t.Errorf("%v: not the mnemonic's key, or not its own", kind)
		}
		seen[key.Secret()] = true
		if public, err := w.PublicKey(kind); err != nil || public != key.PublicKey() {
			t.Errorf("%v: public key %v, %v", kind, public, err)
		}
		if _, err := w.Key(kind, []byte("another")); !errors.Is(err, ErrPassword) || errors.Is(err, ErrCorrupt) {
			t.Errorf("%v, wrong password: %v", kind, err)
		}
	}
	if _, err := w.Create(password, Light); !errors.Is(err, ErrExists) {
		t.Errorf("create over a wallet: %v", err)
	}
	if err := w.Import(m, password, Light); !errors.Is(err, ErrExists) {
		t.Errorf("import over a wallet: %v", err)
	}
	// An import that was interrupted is finished; one of other keys changes nothing.
	if err := os.Remove(w.path(Vote)); err != nil {
		t.Fatal(err)
	}
	other, _ := NewMnemonic()
	if err := w.Import(other, password, Light); !errors.Is(err, ErrExists) {
		t.Errorf("import of other keys: %v", err)
	}
	if _, err := os.Stat(w.path(Vote)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a refused import wrote a file")
	}
	if err := w.Import(m, password, Light); err != nil {
		t.Errorf("finish an import: %v", err)
	}
	// Files that others can read are refused.
	if err := os.Chmod(w.path(Account), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Key(Account, password); !errors.Is(err, privatefile.ErrMode) {
		t.Errorf("mode 0644: %v", err)
	}
	if _, err := At(t.TempDir()).Create(nil, Light); !errors.Is(err, ErrPassword) {
		t.Errorf("an empty password: %v", err)
	}
}

// Whatever byte of the file changes, the keystore opens as before or says that it is corrupt; it never yields another key,
// and never blames the password.
func TestCorruption(t *testing.T) {
	var secret [32]byte
	secret[31] = 9
	key, _ := starkhash.NewPrivateKey(secret[:])
	good, err := seal(secret, []byte("pw"), 2, "account", key.PublicKey().String())
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		s, err := parse(bad)
		if err == nil {
			var got [32]byte
			if got, err = s.open([]byte("pw")); err == nil && got != secret {
				t.Fatalf("byte %d: another key", i)
			}
		}
		if err != nil && !errors.Is(err, ErrCorrupt) && s.Extra != nil {
			t.Errorf("byte %d (%q): %v", i, good[i], err)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "truncated": string(good[:len(good)/2]), "version": strings.Replace(string(good), `"version": 3`, `"version": 1`, 1),
	} {
		if _, err := parse([]byte(text)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeystoreBounds(t *testing.T) {
	for name, p := range map[string]kdfParams{
		"memory":           {DKLen: 32, Salt: "00", N: 1 << 24, R: 8, P: 1},
		"work":             {DKLen: 32, Salt: "00", N: 1 << 20, R: 8, P: 1 << 9},
		"no power of two":  {DKLen: 32, Salt: "00", N: 1000, R: 8, P: 1},
		"negative":         {DKLen: 32, Salt: "00", N: -2, R: -8, P: 1},
		"no salt":          {DKLen: 32, N: 2, R: 8, P: 1},
		"short derivation": {DKLen: 16, Salt: "00", N: 2, R: 8, P: 1},
	} {
		if _, err := p.derive("scrypt", []byte("x")); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, p := range map[string]kdfParams{
		"rounds": {DKLen: 32, Salt: "00", C: 1 << 40, PRF: "hmac-sha256"},
		"prf":    {DKLen: 32, Salt: "00", C: 1, PRF: "hmac-md5"},
	} {
		if _, err := p.derive("pbkdf2", []byte("x")); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (kdfParams{DKLen: 32, Salt: "00"}).derive("bcrypt", []byte("x")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("an unknown derivation: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	good, err := seal([32]byte{31: 1}, []byte("pw"), 2, "account", "0x1")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = parse(data) })
}

func TestMnemonicErrors(t *testing.T) {
	good := strings.Repeat("abandon ", 23) + "art"
	if _, err := ParseMnemonic("  " + strings.ToUpper(good) + "\n"); err != nil {
		t.Errorf("upper case and spaces: %v", err)
	}
	for name, text := range map[string]string{
		"12 words":      strings.Repeat("abandon ", 11) + "about",
		"unknown word":  strings.Repeat("abandon ", 23) + "xyzzy",
		"bad checksum":  strings.Repeat("abandon ", 24),
		"nothing":       "",
		"order changed": "art " + strings.Repeat("abandon ", 23),
	} {
		_, err := ParseMnemonic(text)
		if !errors.Is(err, ErrMnemonic) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "xyzzy") || strings.Contains(err.Error(), "abandon") {
			t.Errorf("%s: the error quotes the words: %v", name, err)
		}
	}
	if _, err := (Mnemonic{}).Key(Account); !errors.Is(err, ErrMnemonic) {
		t.Errorf("the zero mnemonic: %v", err)
	}
}

func TestNodeKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "node.key")
	first, err := NodeKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := NodeKeyFile(path)
	if err != nil || !bytes.Equal(first.Secret(), second.Secret()) {
		t.Errorf("the key changed: %v", err)
	}
	x, _ := first.Public()
	if x == [32]byte{} {
		t.Error("no public key")
	}
	// The generator's coordinates (SEC 2), for the scalar 1; y is even.
	one := filepath.Join(t.TempDir(), "one")
	if err := privatefile.Write(one, []byte(strings.Repeat("0", 63)+"1\n")); err != nil {
		t.Fatal(err)
	}
	k, err := NodeKeyFile(one)
	if err != nil {
		t.Fatal(err)
	}
	if x, odd := k.Public(); hex.EncodeToString(x[:]) != "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" || odd {
		t.Errorf("public key of 1: %x, %v", x, odd)
	}
	for name, text := range map[string]string{"zero": strings.Repeat("0", 64), "order": "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", "text": "hello", "empty": ""} {
		if err := privatefile.Write(one, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := NodeKeyFile(one); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPasswordSources(t *testing.T) {
	t.Setenv(PasswordFileVariable, "")
	t.Setenv(PasswordVariable, "")
	check := func(name string, s PasswordSource, want string) {
		t.Helper()
		if got, err := s.Read(); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := (PasswordSource{}).Read(); !errors.Is(err, ErrNoPassword) {
		t.Errorf("no source: %v", err)
	}
	t.Setenv(PasswordVariable, "from env")
	check("environment", PasswordSource{}, "from env")
	file := filepath.Join(t.TempDir(), "password")
	if err := privatefile.Write(file, []byte("from file \r\nsecond line\n")); err != nil {
		t.Fatal(err)
	}
	t.Setenv(PasswordFileVariable, file)
	check("file variable over variable", PasswordSource{}, "from file ")
	check("argument over all", PasswordSource{Argument: "from argv"}, "from argv")
	r, wr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = wr.WriteString("from fd")
	wr.Close()
	// The source closes what it reads; r keeps its own descriptor.
	fd, err := syscall.Dup(int(r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	check("descriptor", PasswordSource{FD: fd}, "from fd")
	r.Close()
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (PasswordSource{}).Read(); !errors.Is(err, privatefile.ErrMode) {
		t.Errorf("a password file open to others: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := privatefile.Write(empty, []byte("\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := (PasswordSource{File: empty}).Read(); err == nil {
		t.Error("an empty password is accepted")
	}
}

func TestSecretsHideThemselves(t *testing.T) {
	m, err := NewMnemonic()
	if err != nil {
		t.Fatal(err)
	}
	node, err := NodeKeyFile(filepath.Join(t.TempDir(), "k"))
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		M    Mnemonic
		m    Mnemonic
		Node NodeKey
		n    NodeKey
	}
	h := holder{m, m, node, node}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "m", m, "node", node, "h", h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "m", m, "node", node, "h", h)
	text := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		text += fmt.Sprintf(verb, m) + fmt.Sprintf(verb, node) + fmt.Sprintf(verb, h)
	}
	if words := strings.Fields(m.Reveal()); strings.Contains(text, words[0]+" "+words[1]) || strings.Contains(text, hex.EncodeToString(node.Secret())) {
		t.Error("a print shows a secret")
	}
}
