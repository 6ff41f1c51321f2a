"""Base data for a fresh Tryton 6.0 database, all of it invented: company, accounts, fiscal years, taxes, payment term,
payment journal, two warehouses, products that the store's test data sell, and their stock.
usage: seed.py DATABASE_URI CONFIG_FILE (works in the process: no server is needed)"""
import datetime
import json
import os
import sys
from decimal import Decimal

from proteus import Model, Wizard, config

settings = config.set_trytond(sys.argv[1], config_file=sys.argv[2])
get = Model.get


def save(model, **values):
    record = get(model)(**values)
    record.save()
    return record


def first(model, *domain):
    return get(model).find(list(domain), limit=1)[0]


# Company in US dollars.
currency = get('currency.currency')(
    name='US Dollar', symbol='$', code='USD', numeric_code='840', digits=2, rounding=Decimal('0.01'))
currency.rates.new(date=datetime.date(2000, 1, 1), rate=Decimal(1))
currency.save()
euro = get('currency.currency')(
    name='Euro', symbol='€', code='EUR', numeric_code='978', digits=2, rounding=Decimal('0.01'))
euro.rates.new(date=datetime.date(2000, 1, 1), rate=Decimal('0.9'))
euro.save()
wizard = Wizard('company.company.config')
wizard.execute('company')
wizard.form.party = save('party.party', name='Harbor Supply')
wizard.form.currency = currency
wizard.execute('add')
company, = get('company.company').find()
settings._context = get('res.user').get_preferences(True, {})

# Countries and states, so that addresses keep theirs.
countries = {}
for code, name in (('US', 'United States'), ('NL', 'Netherlands'), ('DE', 'Germany'), ('GB', 'United Kingdom'),
                   ('FR', 'France'), ('BE', 'Belgium'), ('CA', 'Canada'), ('JP', 'Japan'), ('CH', 'Switzerland')):
    countries[code] = save('country.country', name=name, code=code)
for code, name in (('CA', 'California'), ('NY', 'New York'), ('OR', 'Oregon'), ('WA', 'Washington'), ('TX', 'Texas')):
    save('country.subdivision', name=name, code='US-' + code, type='state', country=countries['US'])

# Chart of accounts.
chart = Wizard('account.create_chart')
chart.execute('account')
chart.form.account_template = first('account.account.template', ('parent', '=', None))
chart.form.company = company
chart.execute('create_account')


def account(*domain):
    return first('account.account', *domain, ('closed', '=', False))


receivable, payable = account(('type.receivable', '=', True)), account(('type.payable', '=', True))
revenue, expense = account(('type.revenue', '=', True)), account(('type.expense', '=', True))
found = get('account.account').find([('name', 'ilike', '%tax%')], limit=1)
tax_account = found[0] if found else payable
chart.form.account_receivable = receivable
chart.form.account_payable = payable
chart.execute('create_properties')

# Fiscal years with number sequences.
move_type = first('ir.sequence.type', ('name', '=', 'Account Move'))
invoice_type = first('ir.sequence.type', ('name', '=', 'Invoice'))
for year in range(datetime.date.today().year, datetime.date.today().year + 2):
    fiscal = get('account.fiscalyear')(
        name=str(year), start_date=datetime.date(year, 1, 1), end_date=datetime.date(year, 12, 31))
    fiscal.post_move_sequence = save('ir.sequence', name='Moves %d' % year, sequence_type=move_type, company=company)
    row = fiscal.invoice_sequences[0]
    for kind, prefix in (('out_invoice', 'INV'), ('out_credit_note', 'CN'), ('in_invoice', 'SUP'), ('in_credit_note', 'SUPCN')):
        setattr(row, kind + '_sequence', save(
            'ir.sequence.strict', name='%s %d' % (kind, year), prefix='%s-%d-' % (prefix, year),
            sequence_type=invoice_type, company=company))
    fiscal.save()
    fiscal.click('create_period')

# Taxes, categories, payment term, payment journal.
taxes = {}
for name, rate in (('Sales tax 20%', '0.20'), ('Sales tax 8.25%', '0.0825')):
    taxes[name] = save('account.tax', name=name, description=name, type='percentage', rate=Decimal(rate),
                       invoice_account=tax_account, credit_note_account=tax_account)
goods = save('product.category', name='Goods', accounting=True, account_revenue=revenue, account_expense=expense)
# What the store collects as tax is booked as it was stated there, on an account of its own. A category's account must
# be of a revenue type; bookkeeping moves its balance.
stated = save('account.account', name='Tax stated by the store', code='STORE-TAX', type=revenue.type, company=company,
              parent=revenue.parent)
collected = save('product.category', name='Tax stated by the store', accounting=True,
                 account_revenue=stated, account_expense=expense)
term = get('account.invoice.payment_term')(name='Net 30')
term.lines.new(type='remainder').relativedeltas.new(days=30)
term.save()
save('account.payment.journal', name='Store payments', process_method='manual', currency=currency, company=company)

# Two warehouses.
main = first('stock.location', ('type', '=', 'warehouse'))
main.name, main.code = 'East', 'WH-EAST'
main.save()
west = get('stock.location')(name='West', code='WH-WEST', type='warehouse')
for field, name in (('input_location', 'Input'), ('output_location', 'Output'), ('storage_location', 'Storage')):
    setattr(west, field, save('stock.location', name='West ' + name, code='WEST-' + name.upper(), type='storage'))
west.lost_found_location = main.lost_found_location  # Without it an inventory there cannot be confirmed.
west.save()

save('stock.package.type', name='Box')

# Products: the SKUs that the store's recorded orders sell, then what carries shipping, fees, tax and rounding. In calls of
# many records each: one by one they take minutes.
unit = first('product.uom', ('name', '=', 'Unit'))


def create_products(rows, kind, category):
    """Ids of the variants, in the order of the rows."""
    proxy, context = get('product.template')._proxy, settings.context
    templates = proxy.create([{
        'name': name, 'type': kind, 'default_uom': unit.id, 'list_price': Decimal(price), 'account_category': category.id,
        'salable': True, 'sale_uom': unit.id, 'products': [('create', [{'suffix_code': sku}])]}
        for sku, name, price in rows], context)
    variants = {row['template']: row['id'] for row in get('product.product')._proxy.search_read(
        [('template', 'in', templates)], 0, None, None, ['template'], context)}
    return [variants[template] for template in templates]


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'products.json'), encoding='utf-8') as source:
    goods_rows = json.load(source)
items = create_products([(row['sku'], row['name'], row.get('price', '10')) for row in goods_rows], 'goods', goods)
create_products([('SHIPPING', 'Shipping as the store charged it', '0'), ('FEE', 'Fee or discount of the store', '0'),
                 ('ROUNDING', 'Rounding difference to the store', '0')], 'service', goods)
create_products([('STORE-TAX', 'Tax as the store stated it', '0')], 'service', collected)

inventories = get('stock.inventory')._proxy
for warehouse in (main, west):
    counted, = inventories.create([{
        'location': warehouse.storage_location.id, 'date': datetime.date.today(), 'lines': [('create', [
            {'product': item, 'quantity': float(row['stock'])} for item, row in zip(items, goods_rows) if row['stock']])]}],
        settings.context)
    inventories.confirm([counted], settings.context)
print('company', company.id, 'warehouses', main.id, west.id, 'products', len(items))
