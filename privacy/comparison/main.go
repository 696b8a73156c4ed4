// Command comparison times the elgamal library beside math/big and beside the
// published TypeScript SDK of Tongo (elgamal/interop), in one run on one machine.
//
// The machine may be shared: every figure is the least of several runs, taken in
// turns, so that both sides meet the same load.
//
// Its last line reads `montgomery X pay_ms Y tongo Z`: X is the time of math/big's
// multiplication and remainder over that of a field multiplication, Y the
// milliseconds of a payment's proof with its ranges of 64 bits, Z the SDK's time
// for a transfer with ranges of 64 bits over ours.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"

	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/elgamal/field"
)

func main() {
	script := flag.String("sdk", "elgamal/interop/bench.mjs", "script that times the SDK")
	rounds := flag.Int("rounds", 3, "turns of both sides")
	flag.Parse()
	if err := run(*script, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "comparison:", err)
		os.Exit(1)
	}
}

type sdkTimes struct {
	Prove  float64 `json:"prove_ms"`
	Verify float64 `json:"verify_ms"`
}

func run(script string, rounds int) error {
	if _, err := exec.LookPath("node"); err != nil {
		return errors.New("node is not on PATH: install Node 20 or newer")
	}
	p, err := newPayment()
	if err != nil {
		return err
	}
	const never = time.Hour
	own := map[string]time.Duration{}
	least := func(name string, d time.Duration) {
		if former, ok := own[name]; !ok || d < former {
			own[name] = d
		}
	}
	sdk := sdkTimes{float64(never), float64(never)}
	for range rounds {
		montgomery, bigInt := multiplications()
		least("field multiplication", montgomery)
		least("math/big", bigInt)
		for name, f := range p.operations() {
			d, err := timeOf(f)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			least(name, d)
		}
		theirs, err := timeSDK(script)
		if err != nil {
			return err
		}
		sdk.Prove, sdk.Verify = min(sdk.Prove, theirs.Prove), min(sdk.Verify, theirs.Verify)
	}
	ms := func(name string) float64 { return float64(own[name]) / float64(time.Millisecond) }
	fmt.Println("least of", rounds, "turns                    ours        theirs")
	fmt.Printf("field multiplication, ns         %8.1f  %12.1f  (math/big: multiplication and remainder)\n",
		float64(own["field multiplication"])/products, float64(own["math/big"])/products)
	fmt.Printf("proof of a payment, 64 bits, ms  %8.2f  %12.1f  (Tongo SDK 1.3.1, transfer)\n", ms(prove), sdk.Prove)
	fmt.Printf("its verification, ms             %8.2f  %12.1f\n", ms(verify), sdk.Verify)
	fmt.Printf("encryption, ms                   %8.3f\n", ms(encrypt))
	fmt.Printf("decryption with hint, ms         %8.3f\n", ms(decrypt))
	fmt.Printf("montgomery %.1f pay_ms %.2f tongo %.0f\n",
		float64(own["math/big"])/float64(own["field multiplication"]), ms(prove), sdk.Prove/ms(prove))
	return nil
}

func timeSDK(script string) (sdkTimes, error) {
	cmd := exec.Command("node", script, strconv.Itoa(2))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return sdkTimes{}, fmt.Errorf("timing the SDK: %w", err)
	}
	var t sdkTimes
	return t, json.NewDecoder(bytes.NewReader(out)).Decode(&t)
}

// products is the number of multiplications that are timed together.
const products = 4000

// multiplications times independent products on both sides.
func multiplications() (montgomery, bigInt time.Duration) {
	var x, y, z, w field.Element
	x.SetUint64(3).Inverse(&x)
	y.SetUint64(5).Inverse(&y)
	a, b, c, p := x.BigInt(new(big.Int)), y.BigInt(new(big.Int)), new(big.Int), fp.Modulus()
	montgomery, bigInt = time.Hour, time.Hour
	for range 200 {
		start := time.Now()
		for range products / 2 {
			field.Mul(&z, &x, &y)
			field.Mul(&w, &y, &x)
		}
		montgomery = min(montgomery, time.Since(start))
		start = time.Now()
		for range products {
			c.Mul(a, b).Mod(c, p)
		}
		bigInt = min(bigInt, time.Since(start))
	}
	return montgomery, bigInt
}

// timeOf returns the least time of some runs, after one that builds tables.
func timeOf(f func() error) (time.Duration, error) {
	if err := f(); err != nil {
		return 0, err
	}
	best := time.Hour
	for range 20 {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		best = min(best, time.Since(start))
	}
	return best, nil
}

const (
	prove   = "prove"
	verify  = "verify"
	encrypt = "encrypt"
	decrypt = "decrypt"
)

// payment is one payment of 2^33 + 5 units out of 2^40.
type payment struct {
	st    elgamal.PayStatement
	payer elgamal.SecretKey
	hint  elgamal.Hint
	felts []felt.Felt
}

const balance, amount = 1 << 40, 1<<33 + 5

func newPayment() (*payment, error) {
	var keys [3]elgamal.SecretKey
	for i := range keys {
		var err error
		if keys[i], err = elgamal.GenerateKey(nil); err != nil {
			return nil, err
		}
	}
	c, err := elgamal.Encrypt(nil, keys[0].Public(), balance)
	if err != nil {
		return nil, err
	}
	p := &payment{payer: keys[0], st: elgamal.PayStatement{
		Context:  elgamal.Context{KeyEpoch: 1, Balance: c},
		PayerKey: keys[0].Public(), WorkerKey: keys[1].Public(), AuditorKey: keys[2].Public(), Attempt: 1,
	}}
	if p.hint, err = elgamal.SealBalance(p.payer, p.st.Context, balance); err != nil {
		return nil, err
	}
	proof, err := elgamal.ProvePay(nil, p.st, p.payer, balance, amount)
	if err != nil {
		return nil, err
	}
	p.felts = proof.Felts()
	return p, nil
}

func (p *payment) operations() map[string]func() error {
	return map[string]func() error{
		prove: func() error {
			_, err := elgamal.ProvePay(nil, p.st, p.payer, balance, amount)
			return err
		},
		verify: func() error {
			q, err := elgamal.ParsePayment(p.felts)
			if err != nil {
				return err
			}
			return elgamal.VerifyPay(p.st, q)
		},
		encrypt: func() error {
			_, err := elgamal.Encrypt(nil, p.st.WorkerKey, amount)
			return err
		},
		decrypt: func() error {
			v, err := elgamal.OpenBalance(p.payer, p.st.Context, p.hint)
			if err == nil && v != balance {
				err = fmt.Errorf("decrypted %d", v)
			}
			return err
		},
	}
}
