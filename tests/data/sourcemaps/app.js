
!function(){try{var e="undefined"!=typeof window?window:"undefined"!=typeof global?global:"undefined"!=typeof globalThis?globalThis:"undefined"!=typeof self?self:{},n=(new e.Error).stack;n&&(e._sentryDebugIds=e._sentryDebugIds||{},e._sentryDebugIds[n]="e3581bd9-0d2a-5283-a7db-32e672a01d57")}catch(e){}}();
(()=>{function n(t,o){let r=t.discounts[o];return t.total-r.amount}function u(t){return n(t,"SUMMER")}globalThis.buy=()=>u({total:10,discounts:{}});})();
//# sourceMappingURL=app.js.map

//# debugId=e3581bd9-0d2a-5283-a7db-32e672a01d57
