package wallet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/internal/starkhash"
)

func load(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func TestDerivation(t *testing.T) {
	var vectors []struct {
		Mnemonic string
		Keys     []struct {
			Path       string
			PrivateKey string `json:"private_key"`
			PublicKey  string `json:"public_key"`
		}
	}
	load(t, "testdata/derivation.json", &vectors)
	for i, v := range vectors {
		m, err := ParseMnemonic(v.Mnemonic)
		if err != nil {
			t.Fatal(err)
		}
		for p, want := range v.Keys {
			key, err := m.Key(Purpose(p))
			if err != nil {
				t.Fatal(err)
			}
			if Purpose(p).Path() != want.Path {
				t.Errorf("path %s, want %s", Purpose(p).Path(), want.Path)
			}
			secret := key.Secret()
			x := key.PublicKey().X()
			public := x.Bytes()
			if "0x"+hex.EncodeToString(secret[:]) != want.PrivateKey || "0x"+hex.EncodeToString(public[:]) != want.PublicKey {
				t.Errorf("mnemonic %d, %s: the key differs from the recorded one", i, want.Path)
			}
		}
	}
}

func TestParseMnemonicRefuses(t *testing.T) {
	art := strings.Repeat("abandon ", 23) + "art"
	for name, text := range map[string]string{
		"empty":         "",
		"12 words":      strings.Repeat("abandon ", 11) + "about",
		"checksum":      strings.Repeat("abandon ", 24),
		"swapped words": strings.Replace(art, "abandon art", "art abandon", 1),
		"foreign word":  strings.Replace(art, "art", "artt", 1),
	} {
		_, err := ParseMnemonic(text)
		if !errors.Is(err, ErrMnemonic) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "artt") {
			t.Errorf("%s: the error repeats a word: %v", name, err)
		}
	}
	if _, err := ParseMnemonic("  " + strings.ToUpper(art) + "\n"); err != nil {
		t.Errorf("capital letters and spaces: %v", err)
	}
}

func TestMnemonicHidesItself(t *testing.T) {
	m, err := NewMnemonic()
	if err != nil {
		t.Fatal(err)
	}
	first := strings.Fields(m.Words())[0]
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{m, &m, struct{ M Mnemonic }{m}} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, first+" ") {
				t.Errorf("%s of %T shows the words", format, v)
			}
		}
	}
	if _, err := ParseMnemonic(m.Words()); err != nil {
		t.Error(err)
	}
}

// The two vectors of the format's definition hold a secp256k1 secret, which is no scalar of the STARK
// curve: what is compared is the decrypted secret before it becomes a key.
func TestWeb3Vectors(t *testing.T) {
	var v struct {
		Scrypt, PBKDF2   json.RawMessage
		Password, Secret string
	}
	load(t, "testdata/web3.json", &v)
	for _, file := range []json.RawMessage{v.Scrypt, v.PBKDF2} {
		k, err := parse(file)
		if err != nil {
			t.Fatal(err)
		}
		derived, err := k.Crypto.derive(v.Password)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(mac(derived, k.Crypto.CipherText), k.Crypto.MAC) {
			t.Errorf("%s: the MAC differs", k.Crypto.KDF)
		}
		if got := hex.EncodeToString(crypt(derived, k.Crypto.CipherParams.IV, k.Crypto.CipherText)); got != v.Secret {
			t.Errorf("%s: decrypted %s", k.Crypto.KDF, got)
		}
		if _, err := Decrypt(file, v.Password+"x"); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: wrong password: %v", k.Crypto.KDF, err)
		}
	}
}

func TestOpensStarkliKeystore(t *testing.T) {
	var v struct {
		Password, Secret string
		File             json.RawMessage
	}
	load(t, "testdata/starkli.json", &v)
	key, err := Decrypt(v.File, v.Password)
	if err != nil {
		t.Fatal(err)
	}
	if secret := key.Secret(); hex.EncodeToString(secret[:]) != v.Secret {
		t.Error("another secret came out")
	}
}

func testKey(t testing.TB) starkhash.PrivateKey {
	key, err := starkhash.NewPrivateKey(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeystoreTellsDamageFromPassword(t *testing.T) {
	file, err := Encrypt(testKey(t), "correct horse", "0x1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := Decrypt(file, "correct horse")
	if err != nil || key.Secret() != testKey(t).Secret() {
		t.Fatal(err)
	}
	if _, err := Decrypt(file, "correct hors"); !errors.Is(err, ErrPassword) {
		t.Errorf("wrong password: %v", err)
	}
	var k keystore
	if err := json.Unmarshal(file, &k); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*keystore)) []byte {
		c := k
		c.Crypto.CipherText = bytes.Clone(k.Crypto.CipherText)
		f(&c)
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, damaged := range map[string][]byte{
		"empty":      {},
		"cut":        file[:len(file)/2],
		"not JSON":   []byte("keystore"),
		"too long":   append(bytes.Clone(file), bytes.Repeat([]byte(" "), maxKeystore)...),
		"version":    change(func(k *keystore) { k.Version = 1 }),
		"ciphertext": change(func(k *keystore) { k.Crypto.CipherText[0] ^= 1 }),
		"cipher":     change(func(k *keystore) { k.Crypto.Cipher = "aes-256-gcm"; k.Checksum = k.Crypto.checksum() }),
		"kdf":        change(func(k *keystore) { k.Crypto.KDF = "md5"; k.Checksum = "" }),
		"short mac":  change(func(k *keystore) { k.Crypto.MAC = k.Crypto.MAC[:31]; k.Checksum = "" }),
		"other key":  change(func(k *keystore) { k.PublicKey = "0x1" }),
		"huge scrypt": change(func(k *keystore) {
			k.Crypto.KDFParams = json.RawMessage(`{"n":1073741824,"r":8,"p":1,"dklen":32,"salt":""}`)
			k.Checksum = ""
		}),
		"odd scrypt": change(func(k *keystore) {
			k.Crypto.KDFParams = json.RawMessage(`{"n":3,"r":8,"p":1,"dklen":32,"salt":""}`)
			k.Checksum = ""
		}),
		"r overflow": change(func(k *keystore) {
			k.Crypto.KDFParams = json.RawMessage(`{"n":2,"r":4611686018427387904,"p":1,"dklen":32,"salt":""}`)
			k.Checksum = ""
		}),
	} {
		if _, err := Decrypt(damaged, "correct horse"); !errors.Is(err, ErrKeystore) {
			t.Errorf("%s: %v, want ErrKeystore", name, err)
		}
	}
}

func TestFolder(t *testing.T) {
	m, err := ParseMnemonic(strings.Repeat("abandon ", 23) + "art")
	if err != nil {
		t.Fatal(err)
	}
	folder := Folder(t.TempDir() + "/wallet")
	if _, err := folder.Open(Account, "password"); !errors.Is(err, ErrNoWallet) {
		t.Fatalf("an absent wallet: %v", err)
	}
	address, err := folder.Create(m, "password", Account, ElGamal)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Create(m, "password", Vote, ElGamal); !errors.Is(err, ErrExists) {
		t.Fatalf("a keystore was overwritten: %v", err)
	}
	if _, err := folder.Open(Vote, "password"); !errors.Is(err, ErrNoWallet) {
		t.Fatalf("a refused creation left a keystore: %v", err)
	}
	named, err := folder.AccountAddress()
	if err != nil || named != address {
		t.Fatalf("the keystore names %s, %v; want %s", named.String(), err, address.String())
	}
	key, err := folder.Open(Account, "password")
	if err != nil || Address(key.PublicKey()) != address {
		t.Fatalf("opened another key: %v", err)
	}
	if err := os.Chmod(folder.path(Account), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Open(Account, "password"); !errors.Is(err, ErrMode) {
		t.Fatalf("a group-readable keystore: %v", err)
	}
}

func TestGrindIsBelowTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")
		a, err := grind(seed)
		if err != nil {
			t.Fatal(err)
		}
		b, err := grind(seed)
		if err != nil || a.Secret() != b.Secret() {
			t.Fatal("grinding is not deterministic")
		}
	})
}

func FuzzDecrypt(f *testing.F) {
	f.Add([]byte(`{"version":3,"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},"ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"pbkdf2","kdfparams":{"c":1,"dklen":32,"prf":"hmac-sha256","salt":"00"},"mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := parse(b)
		if err != nil || k.Crypto.KDF == "scrypt" || bytes.Contains(k.Crypto.KDFParams, []byte("000")) {
			return // expensive parameters are allowed, but not fuzzed
		}
		if _, err := Decrypt(b, "x"); err != nil && !errors.Is(err, ErrPassword) && !errors.Is(err, ErrKeystore) {
			t.Fatal(err)
		}
	})
}
