package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/privacy/dlogtable"
	"github.com/sage-network/sage-node/privacy/history"
)

// past is the history of the account, read from the chain and kept, sealed, in the role's folder.
type past struct {
	client  *chain.Client
	key     elgamal.SecretKey
	setting history.Setting
	file    *history.File
	book    *history.Book
	damaged error // what was wrong with the file; it is rebuilt
}

// historyFile lies in the role's folder.
const historyFile = "history"

func openPast(o *opened, secret [32]byte) (*past, error) {
	key, err := elgamal.NewSecretKey(secret)
	if err != nil {
		return nil, err
	}
	at := o.profile.Contracts
	p := &past{
		client: o.client, key: key,
		setting: history.Setting{ChainID: o.client.ChainIDFelt(), Contract: felt.Felt(at.Privacy), Asset: felt.Felt(at.Token)},
	}
	if p.file, err = history.NewFile(filepath.Join(o.folder, historyFile), p.setting, o.account.Address, key); err != nil {
		return nil, err
	}
	empty := history.Book{
		Contracts: history.Contracts{Privacy: felt.Felt(at.Privacy), Jobs: felt.Felt(at.Jobs), Staking: felt.Felt(at.Staking)},
		Account:   o.account.Address, From: o.profile.FromBlock,
	}
	p.book, err = p.file.Load()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.damaged = err
	}
	if err != nil || p.book.Contracts != empty.Contracts || p.book.Account != empty.Account || p.book.From != empty.From {
		p.book = &empty
	}
	o.private.Expect(p.book.Found)
	return p, nil
}

// saveEvery paces the writing of a book that grows, so that an interrupted scan goes on near its end.
const saveEvery = 10 * time.Second

// read brings the book up to date and returns its ledger, amounts included. nonce is the account's on the chain, read
// before: it tells whether the account has made payments, which are searched for only then.
func (p *past) read(cmd *cobra.Command, nonce uint64) (*history.Ledger, error) {
	if p.damaged != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %v; it is rebuilt from the chain\n", p.damaged)
		p.damaged = nil
	}
	if err := p.scan(cmd); err != nil {
		return nil, err
	}
	l := p.book.Ledger()
	if l.Calls() < nonce && !p.book.Payer {
		p.book.All()
		if err := p.scan(cmd); err != nil {
			return nil, err
		}
		l = p.book.Ledger()
	}
	if l.Calls() < nonce {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: the node shows %d of the account's %d calls; the history is not whole\n", l.Calls(), nonce)
	}
	if err := p.open(cmd, l); err != nil {
		return nil, err
	}
	return l, p.save()
}

func (p *past) scan(cmd *cobra.Command) error {
	bar := cli.NewProgress(cmd.ErrOrStderr(), "reading events")
	defer bar.Done()
	saved := time.Now()
	err := p.book.Scan(cmd.Context(), p.client, func(done, total uint64) error {
		bar.Set(float64(done) / float64(total))
		if time.Since(saved) < saveEvery {
			return nil
		}
		saved = time.Now()
		return p.save()
	})
	if err != nil {
		return errors.Join(err, p.save())
	}
	return nil
}

func (p *past) open(cmd *cobra.Command, l *history.Ledger) error {
	solver, err := dlogtable.Shared(elgamal.DefaultTableBits)
	if err != nil {
		return err
	}
	bar := cli.NewProgress(cmd.ErrOrStderr(), "decrypting payments")
	defer bar.Done()
	err = l.Open(cmd.Context(), p.setting, p.key, solver, p.book.Known, func(done, total int) { bar.Set(float64(done) / float64(total)) })
	p.book.Learn(l)
	return err
}

func (p *past) save() error { return p.file.Save(p.book) }
