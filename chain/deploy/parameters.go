package deploy

import (
	"fmt"
	"math/big"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
)

// Parameters are what the constructors fix for ever, and what a profile proposes to jobs. Times are in seconds, amounts in
// wei of SAGE.
type Parameters struct {
	// Supply of the token, all of it to the owner at first.
	Supply *big.Int
	// UpgradeDelay between the announcement of an upgrade and the upgrade; longer than Cooldown, Unbonding and an offer with
	// the attempt that follows.
	UpgradeDelay uint64
	// Cooldown of workers' stake; longer than an attempt with the longest windows.
	Cooldown uint64
	// EpochLength of the validators' tables.
	EpochLength uint64
	// Unbonding of validators' stake; longer than an epoch, the longest vote and another epoch for evidence to arrive.
	Unbonding uint64
	// MinValidatorStake seats a validator.
	MinValidatorStake *big.Int
	// AllowListed registries admit only validators that the owner names.
	AllowListed bool
	// JobFee is burnt for each job.
	JobFee *big.Int
	// MinWindows and MaxWindows bound the windows of jobs; Windows are the profile's default.
	MinWindows, MaxWindows, Windows job.Windows
	// DepositFee in basis points is burnt of deposits into private balances.
	DepositFee uint16
	// AuditorGrace is for how many seconds payments to the previous auditor key are still accepted; at most a day.
	AuditorGrace uint64
	// Faucet of test networks; nil for none.
	Faucet *FaucetParameters
	// DefaultPrice of a job in private units of 10^9 wei.
	DefaultPrice uint64
}

// FaucetParameters bound what the faucet gives away.
type FaucetParameters struct {
	// Drip is what one recipient gets in one Interval.
	Drip     *big.Int
	Interval uint64
	// DailyCap bounds the sum of a day.
	DailyCap *big.Int
	// Funding is what the faucet holds at first.
	Funding *big.Int
}

// Local returns the parameters of a network on one machine: windows of seconds, so that whole lives of jobs can be watched.
func Local() Parameters {
	return Parameters{
		Supply:            amount.SAGE(1_000_000_000),
		UpgradeDelay:      7200,
		Cooldown:          3600,
		EpochLength:       60,
		Unbonding:         3600,
		MinValidatorStake: amount.SAGE(10_000),
		AllowListed:       true,
		JobFee:            amount.SAGE(1),
		MinWindows:        job.Windows{Accept: 1, Submit: 1, Decide: 60, Challenge: 1, Appeal: 1},
		MaxWindows:        job.Windows{Accept: 600, Submit: 1800, Decide: 600, Challenge: 300, Appeal: 300},
		Windows:           job.Windows{Accept: 60, Submit: 600, Decide: 120, Challenge: 5, Appeal: 5},
		DepositFee:        10,
		AuditorGrace:      600,
		Faucet:            &FaucetParameters{Drip: amount.SAGE(5_000), Interval: 60, DailyCap: amount.SAGE(1_000_000), Funding: amount.SAGE(10_000_000)},
		DefaultPrice:      25_000_000_000,
	}
}

// Testnet returns the parameters of a public test network: windows of minutes and hours.
func Testnet() Parameters {
	p := Local()
	p.UpgradeDelay, p.Cooldown, p.Unbonding, p.EpochLength = 15*day, 7*day, 14*day, 6*hour
	p.MinWindows = job.Windows{Accept: 30, Submit: 60, Decide: 120, Challenge: 60, Appeal: 60}
	p.MaxWindows = job.Windows{Accept: day, Submit: 2 * day, Decide: day, Challenge: 12 * hour, Appeal: 12 * hour}
	p.Windows = job.Windows{Accept: 10 * 60, Submit: 2 * hour, Decide: 30 * 60, Challenge: 10 * 60, Appeal: 30 * 60}
	p.AuditorGrace = hour
	p.Faucet = &FaucetParameters{Drip: amount.SAGE(2_000), Interval: day, DailyCap: amount.SAGE(100_000), Funding: amount.SAGE(10_000_000)}
	return p
}

// Mainnet returns the parameters proposed for mainnet: as a test network, with longer windows and without a faucet.
func Mainnet() Parameters {
	p := Testnet()
	p.MinWindows = job.Windows{Accept: 60, Submit: 5 * 60, Decide: 10 * 60, Challenge: 30 * 60, Appeal: hour}
	p.Windows = job.Windows{Accept: hour, Submit: 6 * hour, Decide: 2 * hour, Challenge: hour, Appeal: 6 * hour}
	p.Faucet = nil
	return p
}

const (
	hour = 3600
	day  = 24 * hour

	// evidenceEpochs is how many epochs JobManager wants evidence against a validator to have after the last verdict.
	evidenceEpochs = 1
)

// Validate checks what the contracts will check, to fail before anything is sent.
func (p Parameters) Validate() error {
	verdict := p.MaxWindows.Verdict()
	switch {
	case p.Supply == nil || p.Supply.Sign() <= 0:
		return fmt.Errorf("deploy: no supply")
	case p.MinValidatorStake == nil || p.MinValidatorStake.Sign() <= 0:
		return fmt.Errorf("deploy: no minimum stake of validators")
	case p.JobFee == nil || p.JobFee.Sign() < 0:
		return fmt.Errorf("deploy: no job fee; zero is possible")
	case p.EpochLength == 0:
		return fmt.Errorf("deploy: the epoch length is zero")
	case p.Cooldown <= p.MaxWindows.Submit+verdict:
		return fmt.Errorf("deploy: a cooldown of %d s is not longer than an attempt, which may take %d s", p.Cooldown, p.MaxWindows.Submit+verdict)
	case p.Unbonding <= (1+evidenceEpochs)*p.EpochLength+verdict:
		return fmt.Errorf("deploy: an unbonding of %d s is not longer than an epoch, a vote and the time for evidence, together %d s",
			p.Unbonding, (1+evidenceEpochs)*p.EpochLength+verdict)
	case p.UpgradeDelay <= max(p.Cooldown, p.Unbonding):
		return fmt.Errorf("deploy: an upgrade delay of %d s is not longer than cooldown and unbonding (%d s, %d s)", p.UpgradeDelay, p.Cooldown, p.Unbonding)
	case p.UpgradeDelay <= p.MaxWindows.Accept+p.MaxWindows.Submit+verdict:
		return fmt.Errorf("deploy: an upgrade delay of %d s is not longer than an offer and its attempt, which may take %d s",
			p.UpgradeDelay, p.MaxWindows.Accept+p.MaxWindows.Submit+verdict)
	case p.DepositFee > 1000:
		return fmt.Errorf("deploy: a deposit fee of %d basis points; at most 1000", p.DepositFee)
	case p.AuditorGrace > 86_400:
		return fmt.Errorf("deploy: a grace of %d s for the previous auditor key; at most a day", p.AuditorGrace)
	}
	if f := p.Faucet; f != nil {
		if f.Drip == nil || f.Drip.Sign() <= 0 || f.DailyCap == nil || f.DailyCap.Cmp(f.Drip) < 0 || f.Funding == nil || f.Funding.Sign() < 0 {
			return fmt.Errorf("deploy: the faucet needs a drip, a daily cap not below it, and a funding")
		}
	}
	return nil
}

func windows(w job.Windows) bindings.Windows {
	return bindings.Windows{Accept: w.Accept, Submit: w.Submit, Decide: w.Decide, Challenge: w.Challenge, Appeal: w.Appeal}
}

func u256(n *big.Int) abi.U256 { return abi.MustU256(n) }
